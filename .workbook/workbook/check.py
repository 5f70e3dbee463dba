"""`./workbook check [STAGE | NUMBER | FILE] [--all-mine]`: how far the reader is, and what comes next.

`check 2.6` judges one exercise, `check slab.hpp` those of one file, and `check test 2.8` a test that the reader
wrote (see own_tests). Each exercise is judged for itself (see `grading`); a stage whose exercises are all right is judged
as a whole. `--all-mine` builds every stage up to this one from the reader's files only.
"""

import re
import sys
import textwrap
import time
from pathlib import Path

from . import (builder_mode, compiler_errors, coroutine_rules, docs, gtests, help_with, locks, milestones, own_tests,
               progress, regions, sandbox, stage_build, suspects, yours)
from .grading import BROKEN, OPEN, RIGHT, TIME_LIMIT, WRONG, Grades, Verdict
from .regions import Region
from .repository import Failure, Stage, find_stage, relative, stages
from .yours import OwnFile

SHOWN_LINES = 30  # of a test's output; the rest is in a file
SHOWN_FAILED = 40  # tests of a whole step that fail
SHOWN_TESTS = 4  # that fail, beside the first
BAR = 24


def in_words(test: str) -> str:
    """02.Poll.adding_twice_is_eexist -> Poll: adding twice is eexist"""
    _, _, rest = test.partition(".")
    suite, _, sentence = rest.partition(".")
    return f"{suite}: {sentence.replace('_', ' ')}"


def what_it_said(output: str) -> list[str]:
    """The output of a test without the lines that frame every one."""
    noise = ("[==========]", "[----------]", "[ RUN      ]", "[  PASSED  ]", "Running main()",
             "Note: Google Test filter", "[  FAILED  ]", " 1 FAILED TEST")
    return [line for line in output.splitlines() if line.strip() and not line.startswith(noise)]


def bar(done: int, total: int) -> str:
    filled = BAR * done // total if total else 0
    return "[" + "#" * filled + "-" * (BAR - filled) + "]"


def indented(lines: list[str]) -> str:
    return textwrap.indent("\n".join(lines), "    ")


def how(verdict: str, limit: int = TIME_LIMIT) -> str:
    return {"failed": "fails", "crashed": "crashes", "hung": f"is not done in {limit} s",
            "unwritten": "needs what is not written yet"}[verdict]


def log_of(name: str, text: str) -> str:
    """Keeps the whole of what is shown in part; where."""
    log = sandbox.FOLDER / f"{name}.log"
    log.write_text(text, encoding="utf-8")
    return relative(log)


def show_failure(stage: Stage, region: Region, verdict: Verdict) -> None:
    """The first failing test of an exercise: in words, what it said, and where it stands."""
    if verdict.state == OPEN:  # whatever became of it: the only thing wrong is that the body is blank
        print(f"Its first test:  {in_words(verdict.test)}\n\n    {region.message}")
    else:
        print(f"This test {how(verdict.how)}:  {in_words(verdict.test)}")
        lines = what_it_said(verdict.output)
        if lines:
            print("\n" + indented(lines[:SHOWN_LINES]))
        if len(lines) > SHOWN_LINES:
            print(f"    ... and {len(lines) - SHOWN_LINES} lines more: {log_of(region.name, verdict.output)}")
    file = verdict.program.partition("_")[2] + ".cpp"
    print(f"\nTest:  {verdict.test.partition('.')[2]}, in {stage.name}/tests/{file}")
    if verdict.others and verdict.state != OPEN:
        some = [in_words(name) for name in verdict.others[:SHOWN_TESTS]]
        rest = len(verdict.others) - len(some)
        print(f"These fail, too:\n{indented(some + ([f'... and {rest} more'] if rest else []))}")


def warn_of_lost_code(own: OwnFile, region: Region) -> None:
    """A body that is right, and that g++ 12 compiles wrongly: no test can tell a reader that."""
    mine = own.regions.get(region.name)
    for found in coroutine_rules.findings(own.text):
        if mine and mine.start < found.line - 1 < mine.end:
            print(f"{relative(own.path)}:{found.line}: {found.message}")


def show_details(grades: Grades) -> None:
    """What is wrong with the exercises that are written; if nothing is, the next one to write."""
    exercises = {region.name: region for region in grades.exercises}
    takes = docs.minutes(*docs.chapters(grades.stage))
    shown: set[str] = set()
    for verdict in grades.of(WRONG, BROKEN) or [grades.next_one()]:
        region = exercises[verdict.name]
        mine = grades.own[region.file]
        place = relative(mine.path)
        if region.name in mine.regions:
            place += f":{mine.regions[region.name].start + 1}"
        is_next = verdict.state == OPEN and region.name in takes
        about = f" (about {takes[region.name]} minutes)" if is_next else ""
        print(f"\n{'Next' if verdict.state == OPEN else verdict.state.capitalize()}: "
              f"{region.label}, in {place}{about}")
        if verdict.state != BROKEN:
            show_failure(grades.stage, region, verdict)
            warn_of_lost_code(mine, region)
        else:
            show_error(f"{region.name}", verdict.output, [mine.path], shown)
        print(f"Hint:  ./workbook hint {region.name}      "
              f"({relative(docs.chapter(grades.stage, region.name))}, \"{region.label}\")")


def wrapped(state: str, labels: list[str]) -> str:
    """A state and what is in it; a line never ends between a number and its title."""
    text = ", ".join(label.replace(" ", "\0") for label in labels)
    return textwrap.fill(text, 100, initial_indent=f"  {state:18}",
                         subsequent_indent=" " * 20).replace("\0", " ")


def show_error(name: str, printed: str, own: list[Path], shown: set[str]) -> None:
    """The first error of a compiler, unless it was shown already, and where the rest is."""
    lines = compiler_errors.first(printed, own)
    if lines[0] in shown:
        print("    (for the same reason)")
        return
    shown.add(lines[0])
    print("\n" + indented(lines))
    every = len(printed.splitlines())
    if every > len(lines):
        print(f"\n    The compiler's {every} lines:  {log_of(name, printed)}")
    print()


def check_stage(stage: Stage, only: set[str] | None = None) -> bool:
    """Prints the state of a stage, or of some exercises of it; whether all of them are right."""
    if builder_mode.is_started(stage):
        return builder_mode.check_stage(stage)
    files = builder_mode.Files(stage, [] if only else builder_mode.begun(stage))
    right = frozenset(file for unit in files.of(RIGHT) for file in unit.files)
    grades = Grades(stage, yours.load(stage), only, right)
    labels = {region.name: region.label for region in grades.exercises}
    done = len(grades.of(RIGHT))
    print(f"{stage.name}  {bar(done, len(labels))}  {done} of {len(labels)} right")
    for state in (RIGHT, WRONG, BROKEN, OPEN) if only or done < len(labels) else ():
        some = [labels[verdict.name] for verdict in grades.of(state)]
        if some:
            print(wrapped(state, some))
    sys.stdout.flush()
    if done < len(labels):
        show_details(grades)
    if only is not None:
        return done == len(labels)
    written = {verdict.name for verdict in grades.of(RIGHT)}
    for line in milestones.told(stage, written) + own_tests.told(stage, written):
        print(line)
    files.show(written)
    if done < len(labels) or files.unfinished():
        return False
    return show_whole("  all of it yours", stage, {stage.name: stage.yours})


def show_whole(said: str, stage: Stage, overlays: dict[str, Path]) -> bool:
    """Builds and tests a stage from the reader's files; whether everything passes."""
    kind = f"{stage.prefix} {'all-mine' if len(overlays) > 1 else 'whole'}"
    begin = time.monotonic()
    with progress.shown(progress.Progress(f"{said}: building and testing", progress.expected([kind], 1))):
        result = stage_build.judge(stage, overlays)
    progress.remember(kind, time.monotonic() - begin)
    if result.compiler:
        own = [file.path for one in stages() if one.name in overlays for file in yours.load(one).values()]
        show_error(f"whole-{stage.prefix}", result.compiler, own, set())
        print(f"{said}: it cannot be built")
    else:
        print(f"{said}: {result.passed} of {result.total} tests pass")
    if result.failed:
        show_failed(stage, overlays, result.failed)
    return result.good


def show_failed(stage: Stage, overlays: dict[str, Path], failed: list[gtests.Outcome]) -> None:
    """Every test that fails though each exercise is right alone, what the first one said, where the
    rest is, and which exercises it may be."""
    names = [f"{in_words(outcome.name)}  ({how(outcome.verdict, stage_build.TIME_LIMIT)})" for outcome in failed]
    rest = len(names) - SHOWN_FAILED
    print(f"These do not:\n{indented(names[:SHOWN_FAILED])}")
    if rest > 0:
        print(f"    ... and {rest} more")
    print(f"\nThe first of them, {failed[0].name}, said:\n")
    print(indented(what_it_said(failed[0].output)[:SHOWN_LINES]))
    print(f"\nWhat all of them said:  {relative(stage_build.log_of(stage, overlays, failed))}")
    print("Looking for the exercise: your files one by one, everything else from the reference ...",
          flush=True)
    mine = [one for one in stages() if one.name in overlays]
    own = [file for one in mine if not builder_mode.is_started(one) for file in yours.load(one).values()
           if not file.kept]
    found = suspects.find(stage, own, failed)
    whole_files = builder_mode.suspects(stage, mine, failed)
    for unit in whole_files:
        print(f"Likely: {unit.name}. In the reference, with this file alone, it fails as well.")
    if not found and not whole_files:
        print("With any one of your files alone the first test passes: it takes several to make it fail.")
    for suspect in found:
        if suspect.region is None:
            print(f"It is in {relative(suspect.path)}, outside of its exercises, or in several of them.")
        else:
            print(f"Likely: {suspect.region.label}, in {relative(suspect.path)}. In the reference, with "
                  f"this body alone, it fails as well.      ./workbook hint {suspect.region.name}")


def all_mine(last: Stage) -> bool:
    """Every stage up to `last` on the reader's own earlier ones, and then curl."""
    mine = [stage for stage in stages() if stage.number <= last.number]
    overlays = {}
    for stage in mine:
        yours.load(stage)
        overlays[stage.name] = stage.yours
    good = True
    for stage in mine:
        own = {name: overlays[name] for name in overlays if int(name[:2]) <= stage.number}
        good = show_whole(f"{stage.name}, on your own stages", stage, own) and good
        if good and any(program.stem == "hello_server" for program in stage.programs()):
            print(stage_build.curl(stage, own))
    return good


def what_next() -> str:
    """The first stage that is started and has a blank exercise, or else the first that is not started."""
    for stage in sorted(stages(), key=lambda stage: not yours.is_started(stage)):
        if not yours.is_started(stage):
            return f"Next:  ./workbook start {stage.name}"
        if builder_mode.is_started(stage):
            if any(builder_mode.read(unit).open for unit in builder_mode.begun(stage)):
                return f"Next:  ./workbook check {stage.name}"
        elif any(regions.is_blank(own.text, region) for own in yours.load(stage).values()
               for region in own.regions.values()):
            return f"Next:  ./workbook check {stage.name}"
        elif coming := builder_mode.next_to_open(stage):
            return f"Next:  ./workbook start {stage.prefix} {coming.name}      (the rest of this file)"
    return ("All stages are yours now:  ./workbook check --all-mine\n"
            "Then a server of your own:  ./workbook capstone")


def some_exercises(word: str) -> dict[Stage, set[str]]:
    """The exercises that a number or the name of a file means; none if it is neither."""
    if regions.NUMBER.match(word):
        stage, region = help_with.asked("check", [word])
        return {stage: {region.name}}
    found: dict[Stage, set[str]] = {}
    for stage in stages():
        for region in regions.exercises(stage):
            own = stage.yours / region.file.relative_to(stage.folder)
            if f"/{own}".endswith(f"/{word.removeprefix('./')}") or str(own) == word:
                found.setdefault(stage, set()).add(region.name)
    if len(found) > 1:
        raise Failure(f"there is a {word} in {' and in '.join(stage.name for stage in found)}: say "
                      f"{next(iter(found)).name}/yours/...")
    if not found and re.search(r"\.[ch]pp$", word):
        raise Failure(f"no exercise is in a file {word}; `./workbook list` shows where each is")
    return found


def run(arguments: list[str]) -> int:
    words = [word for word in arguments if word != "--all-mine"]
    if words[:1] == ["test"]:
        mistake = own_tests.find(words[1:])
        yours.require_started(mistake.stage)
        return own_tests.judge(mistake)
    if len(words) > 1 or any(word.startswith("-") for word in words):
        raise Failure("usage: ./workbook check [STAGE | NUMBER | FILE | test NUMBER] [--all-mine]")
    if words:
        unit = builder_mode.named(words[0])
        if unit:
            with locks.held("yours"):
                return 0 if builder_mode.check_stage(unit.stage, unit) else 1
        for stage, names in some_exercises(words[0]).items():
            with locks.held("yours"):
                return 0 if check_stage(stage, names) else 1
    started = [stage for stage in stages() if yours.is_started(stage)]
    if not words and not started:
        raise Failure(f"no stage is started: ./workbook start {stages()[0].name}", code=1)
    with locks.held("yours"):
        return judge([find_stage(words[0])] if words else started, "--all-mine" in arguments)


def judge(chosen: list[Stage], everything_mine: bool) -> int:
    if everything_mine:
        return 0 if all_mine(chosen[-1]) else 1
    finished = True
    for i, stage in enumerate(chosen):
        if i > 0:
            print()
        sys.stdout.flush()
        finished = check_stage(stage) and finished
    if finished:
        print(f"Well done. {what_next()}")
    return 0 if finished else 1
