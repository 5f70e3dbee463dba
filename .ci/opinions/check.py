#!/usr/bin/python3
"""What other parsers say about the inputs that ours judge.

    .ci/opinions/check.py build/release/bin [--seed N] [--count N] [--show RULE] [--table]

Each input is judged by all of them. Where one says something else than ours, a rule of rules.py must say
why; a difference without a rule, a rule that explains nothing, and one that docs/testing.md does not
tell, fail the check.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import inputs as generated
import parsers
from parsers import Framed, Verdict
from rules import Difference, Rule, RULES

PAGE = generated.ROOT / "docs/testing.md"  # tells all rules


def compare(parser: str, framed: Framed, ours: Verdict, theirs: Verdict) -> Difference | None:
    """The first difference between two verdicts."""
    def found(kind: str, at: int) -> Difference:
        return Difference(parser, kind, framed[0], framed[1], ours, theirs, at)

    for at, (one, other) in enumerate(zip(ours.messages, theirs.messages)):
        for part in ("name", "target", "body", "keep"):
            if getattr(one, part) != getattr(other, part):
                return found(part, at)
    at = min(len(ours.messages), len(theirs.messages))
    if len(ours.messages) > at:
        return found("they refuse" if theirs.end == "refused" else "they wait", at)
    if len(theirs.messages) > at:
        return found("we refuse" if ours.end == "refused" else "we wait", at)
    if ours.end == theirs.end or (theirs.end == "eof" and ours.end in ("clean", "unfinished")):
        return None
    return found("no message", at)


class Comparison:
    def __init__(self):
        self.counts: Counter[tuple[str, str]] = Counter()
        self.asked: set[str] = set()  # parsers
        self.unexplained: list[Difference] = []
        self.examples: defaultdict[str, list[Difference]] = defaultdict(list)

    def ask(self, name: str, judge, framed: list[Framed], ours: list[Verdict]) -> None:
        begin = time.monotonic()
        differences = 0
        self.asked.add(name)
        for one, our, their in zip(framed, ours, judge(framed), strict=True):
            difference = compare(name, one, our, their)
            if difference is None:
                continue
            differences += 1
            rule = next((rule for rule in RULES if rule.explains(difference)), None)
            if rule is None:
                self.unexplained.append(difference)
            else:
                self.counts[rule.name, name] += 1
                self.examples[rule.name].append(difference)
        what = "requests" if framed[0][0] == "request" else "responses"
        print(f"{name:12} {len(framed):6} {what:10} {differences:5} judged differently  "
              f"({time.monotonic() - begin:.1f} s)", flush=True)

    def found(self, rule: Rule) -> str:
        return ", ".join(f"{name} {count}" for (ruled, name), count in sorted(self.counts.items())
                         if ruled == rule.name)

    def table(self) -> None:
        """For docs/testing.md."""
        print("| Difference | Ours | The others | Rests on | Why |\n|---|---|---|---|---|")
        for rule in RULES:
            ours = {"we refuse": "refuses", "no message": "no message", "they refuse": "takes it",
                    "they wait": "takes it"}.get(rule.kind, "takes it as it is")
            print(f"| {rule.name} | {ours} | {self.found(rule)} | {rule.section} | {rule.why} |")

    def report(self) -> bool:
        for rule in RULES:
            print(f"\n{rule.name}  [{rule.section}]\n    {rule.why}\n"
                  f"    {self.found(rule) or 'nothing'}")
        untold = [rule.name for rule in RULES if f"| {rule.name} |" not in PAGE.read_text()]
        for name in untold:
            print(f"\nNOT IN {PAGE}: {name}")
        idle = [rule for rule in RULES if self.asked & set(rule.parsers.split())
                and not any(ruled == rule.name for ruled, _ in self.counts)]
        for rule in idle:
            print(f"\nRULE FOR NOTHING: {rule.name}")
        kinds = Counter((one.parser, one.kind, one.ours.why, one.theirs.why)
                        for one in self.unexplained)
        for (parser, kind, our, their), count in kinds.most_common(40):
            one = min((one for one in self.unexplained
                       if (one.parser, one.kind) == (parser, kind)
                       and (one.ours.why, one.theirs.why) == (our, their)),
                      key=lambda one: len(one.data))
            print(f"\nNO RULE: {parser}, {kind}, {count} times; ours: {our!r}, theirs: {their!r}\n"
                  f"    {one.framed}: {one.data!r}\n    ours   {one.ours}\n    theirs {one.theirs}")
        print(f"\n{sum(self.counts.values())} differences with a rule, {len(self.unexplained)} without, "
              f"{len(idle)} rules for nothing")
        return not idle and not untold and not self.unexplained


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("binaries")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=3000,
                         help="inputs from the grammar, and as many changed")
    options.add_argument("--show", default="", help="prints the shortest inputs that a rule explains")
    options.add_argument("--table", action="store_true", help="prints the table of docs/testing.md, too")
    asked = options.parse_args()
    verdicts = str(Path(asked.binaries) / "http_verdicts")

    comparison = Comparison()
    requests = [("request", data) for data in generated.requests(verdicts, asked.seed, asked.count)]
    responses = generated.responses(asked.seed, asked.count)
    print(f"seed {asked.seed}: {len(requests)} requests, {len(responses)} responses")
    of_requests, of_responses = parsers.ours(verdicts, requests), parsers.ours(verdicts, responses)
    for name, (is_here, judge_requests, judge_responses) in parsers.PARSERS.items():
        if not is_here():
            print(f"{name:12} is not installed")
            continue
        if judge_requests:
            comparison.ask(name, judge_requests, requests, of_requests)
        if judge_responses:
            comparison.ask(name, judge_responses, responses, of_responses)
    for difference in sorted(comparison.examples[asked.show], key=lambda one: len(one.data))[:10]:
        print(difference)
    if asked.table:
        comparison.table()
    return 0 if comparison.report() else 1


if __name__ == "__main__":
    sys.exit(main())
