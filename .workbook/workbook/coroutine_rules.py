"""Is there a coroutine that g++ 12 compiles wrongly?

    PYTHONPATH=.workbook python3 -m workbook.coroutine_rules [file ...]

In a coroutine that declares nothing, a `co_await` in the condition of `if`, `while`, `for`, `do` or
`switch` makes g++ 12 leave out all that comes after it, without a warning. Parameters are no help, a
variable anywhere in the body is:

    Task<> lost(Stream& stream) {                        Task<> right(Stream& stream) {
      if (!co_await stream.write("a")) co_return;          const auto sent = co_await stream.write("a");
      std::puts("never printed");                          if (!sent) co_return;
    }                                                      ...

Looked at are all sources, all mistakes in the place of the bodies that they stand for, and the `cpp`
blocks of the book; one that shows the fault has `<!-- faulty: no local variable -->` before it. Not
looked at are coroutines that are lambdas: g++ 12 gives those a scope of their own, and compiles them
well. Likewise a lambda, a type, `using`, a handler with a parameter, each anywhere in the body, count
as declared things: with them g++ 12 was seen to be right.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from . import mistakes, regions
from .cpp_text import Source, enclosing_function, opens
from .repository import ROOT, Failure, relative, stages

FAULTY = "<!-- faulty: no local variable -->"
FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,})\s*cpp\s*$")

DECLARE = {"auto", "const", "constexpr", "constinit", "static", "thread_local", "volatile", "using",
           "typedef", "struct", "class", "union", "enum", "extern"}
NO_TYPE = {"return", "co_return", "co_await", "co_yield", "throw", "delete", "new", "goto", "case",
           "default", "if", "else", "for", "while", "do", "switch", "try", "catch", "break",
           "continue", "this", "sizeof", "not", "true", "false", "nullptr", "static_assert",
           "operator", "typename", "template"}


@dataclass(frozen=True)
class Finding:
    line: int  # from 1
    statement: str  # "if", "while", "for", "do" or "switch"

    @property
    def message(self) -> str:
        return (f"`{self.statement}` asks a co_await in its condition, and the coroutine has no local "
                "variable: g++ 12 leaves out what comes after it. Bind the result first: "
                "`const auto got = co_await ...;`")


def condition(source: Source, word: int) -> tuple[int, int] | None:
    """The parentheses of a statement that begins with this token; of `do`, those of its `while`."""
    at = word + 1
    if source.is_(at, "constexpr"):
        at += 1
    return (at, source.partner[at]) if source.is_(at, "(") and at in source.partner else None


def asks(source: Source, statement: str, begin: int, end: int) -> bool:
    """Whether a condition holds a co_await: of `for` its middle part, else what follows an initializer."""
    parts: list[list[int]] = [[]]
    for at in range(begin + 1, end):
        if source.parent[at] == begin and source.is_(at, ";"):
            parts.append([])
        parts[-1].append(at)
    if statement == "for":
        looked_at = parts[1] if len(parts) == 3 else []
    else:
        looked_at = parts[-1]
    return any(source.is_(at, "co_await") and own_function(source, at) == own_function(source, begin)
               for at in looked_at)


def own_function(source: Source, at: int) -> int:
    found = enclosing_function(source, at)
    return found[0] if found else -1


def type_end(source: Source, at: int) -> int:
    """The token after what may be a type: `std::vector<int>`, `unsigned long`; `at` if it is none."""
    begin = at
    while at < len(source.tokens) and source.tokens[at].kind == "word" \
            and source.tokens[at].text not in NO_TYPE:
        at += 1
        if source.is_(at, "<"):
            depth = 0
            while at < len(source.tokens) and not source.is_(at, ";", "{", "}"):
                depth += source.is_(at, "<") - source.is_(at, ">") - 2 * source.is_(at, ">>")
                at += 1
                if depth <= 0:
                    break
        if source.is_(at, "::"):
            at += 1
            continue
        break
    while at > begin and source.is_(at, "*", "&", "&&", "const"):
        at += 1
    return at


def declares(source: Source, at: int) -> bool:
    """Whether the statement, or part of a condition, that begins here declares something."""
    while source.is_(at, "[") and source.is_(at + 1, "["):
        at = source.partner.get(at, at) + 1
    if at >= len(source.tokens):
        return False
    if source.tokens[at].text in DECLARE:
        return True
    if source.is_(at, "::"):
        at += 1
    name = type_end(source, at)
    if name == at or name >= len(source.tokens):
        return False
    if source.tokens[name].kind == "word" and source.tokens[name].text not in NO_TYPE:
        return source.is_(name + 1, "=", ";", "{", "(", "[", ":", ",") or declares(source, name)
    return False


def declares_anything(source: Source, body: int) -> bool:
    """Whether there is a declaration in a function's body, at any depth; a lambda counts as one."""
    end = source.partner.get(body, len(source.tokens) - 1)
    for at in range(body + 1, end):
        before = at - 1
        if source.is_(at, "{") and opens(source, at) == "lambda":
            return True
        if source.is_(at, "catch") and not source.is_(at + 2, "..."):
            return True
        begins = source.is_(before, "{", "}", ";", "else", "do", ":") or (
            source.is_(before, ")") and before in source.partner
            and source.is_(source.partner[before] - 1, "if", "for", "while", "switch", "constexpr"))
        opened = source.is_(before, "(") and source.is_(before - 1, "if", "for", "while", "switch",
                                                        "constexpr")
        if (begins or opened) and declares(source, at):
            return True
    return False


def findings(text: str) -> list[Finding]:
    """What g++ 12 would compile wrongly in a text."""
    source = Source(text)
    found = []
    for at, token in enumerate(source.tokens):
        if token.text not in ("if", "while", "for", "switch"):
            continue
        parentheses = condition(source, at)
        if not parentheses or not asks(source, token.text, *parentheses):
            continue
        function = enclosing_function(source, at)
        if function is None or function[1] == "lambda" or declares_anything(source, function[0]):
            continue
        of_do = token.text == "while" and source.is_(parentheses[1] + 1, ";")
        found.append(Finding(source.line(at), "do" if of_do else token.text))
    return found


def in_mistake(mistake: mistakes.Mistake) -> list[Finding]:
    """Those in the body of a mistake, by its own lines, when it stands in its place."""
    region = mistake.region
    lines = region.file.read_text(encoding="utf-8").split("\n")
    body = mistake.body.split("\n")
    text = "\n".join([*lines[:region.start + 1], *body, *lines[region.end:]])
    first = region.start + 2
    return [Finding(found.line - first + mistake.line, found.statement) for found in findings(text)
            if first <= found.line < first + len(body)]


def in_page(text: str) -> list[Finding]:
    """Those in the `cpp` blocks of a page, by the page's lines."""
    found: list[Finding] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        at += 1
        if not fence:
            continue
        before = at - 2
        markers = []
        while before >= 0 and lines[before].strip().startswith("<!--"):
            markers.append(lines[before].strip())
            before -= 1
        begin = at
        while at < len(lines) and lines[at].strip() != fence["marks"]:
            at += 1
        if FAULTY not in markers:
            block = "\n".join(lines[begin:at])
            found += [Finding(one.line + begin, one.statement) for one in findings(block)]
        at += 1
    return found


def everything() -> list[tuple[Path, list[Finding]]]:
    """Every file of the workbook that holds C++, with what is found in it."""
    looked_at = []
    for stage in stages():
        for file in stage.files("include", "src", "examples", "benchmarks", "tests"):
            looked_at.append((file, findings(file.read_text(encoding="utf-8"))))
    for file in sorted((ROOT / ".workbook/capstone").glob("*.cpp")):
        looked_at.append((file, findings(file.read_text(encoding="utf-8"))))
    for mistake in mistakes.read_all([]):
        looked_at.append((mistake.file, in_mistake(mistake)))
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("0*/*.md"), *ROOT.glob("docs/**/*.md")]):
        if "node_modules" not in page.parts and "yours" not in page.parts:
            looked_at.append((page, in_page(page.read_text(encoding="utf-8"))))
    return looked_at


def main(arguments: list[str]) -> int:
    if arguments:
        looked_at = []
        for name in arguments:
            if not Path(name).is_file():
                raise Failure(f"there is no file {name}")
            text = Path(name).read_text(encoding="utf-8")
            looked_at.append((Path(name).resolve(),
                              in_page(text) if name.endswith(".md") else findings(text)))
    else:
        looked_at = everything()
    wrong = 0
    for file, found in looked_at:
        for one in found:
            print(f"{relative(file)}:{one.line}: {one.message}", file=sys.stderr)
            wrong += 1
    print(f"{len(looked_at)} files: " +
          (f"{wrong} conditions that g++ 12 compiles wrongly" if wrong else
           "no coroutine that g++ 12 compiles wrongly because it has no local variable"))
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"coroutine_rules: {failure}", file=sys.stderr)
        sys.exit(failure.code)
