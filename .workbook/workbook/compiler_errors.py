"""The first error of a compiler, and where it is in the reader's own file.

One wrong operator in a header of templates makes a compiler print hundreds of lines: every candidate, every
instantiation, and the same again for each file that includes the header. The first error is the one
to mend. It may stand in a header of the standard library; then the line that led there is named.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from .repository import relative

SHOWN = 15  # lines
LONGEST = 300  # characters of a line: a type's name may be longer than a page
PLACE = r"(?P<file>[^\s:][^:]*):(?P<line>\d+):(?:\d+:)?"
ERROR = re.compile(rf"^{PLACE} (?:fatal )?error: ")
LINKER = re.compile(r"undefined reference to|multiple definition of")
START = re.compile(rf"^(?:{PLACE} (?:error|fatal error|warning|note): |In file included from )")
AROUND = re.compile(r"^(?:In file included from |\s+from |.*: In |.*(?:required (?:from|by|for)|"
                    r"in .constexpr. expansion of)|.*\[ skipping |.*: At global scope:)")


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else line[:LONGEST] + " ..."


def _context(lines: list[str], at: int) -> list[str]:
    """The lines before an error that say how the compiler came to it."""
    begin = at
    while begin > 0 and AROUND.match(lines[begin - 1]) and not ERROR.match(lines[begin - 1]):
        begin -= 1
    return lines[begin:at]


def _source(file: Path, number: int) -> str:
    try:
        text = file.read_text(encoding="utf-8").split("\n")[number - 1]
    except (OSError, IndexError, UnicodeDecodeError):
        return ""
    return f"{number:5} | {text}"


def first(printed: str, own: Iterable[Path]) -> list[str]:
    """At most SHOWN lines: the first error that is in one of these files, or that one of them led to; if
    there is none, the first error of all."""
    files = {str(path): path for path in own}
    lines = printed.split("\n")
    errors = [at for at, line in enumerate(lines) if ERROR.match(line)]
    for at in errors:
        error = ERROR.match(lines[at])
        if error and error["file"] in files:
            return _told(lines, at, files)
        for line in reversed(_context(lines, at)):
            led = re.match(PLACE, line)
            if led and led["file"] in files:
                return _told_from(lines, at, files[led["file"]], int(led["line"]))
    if errors:
        return _told(lines, errors[0], files)
    linked = [line for line in lines if LINKER.search(line)]
    return [_cut(line) for line in (linked or lines)[:SHOWN]]


def _told(lines: list[str], at: int, files: dict[str, Path]) -> list[str]:
    """The error itself, the source below it, and notes that lie in the reader's files."""
    end = next((i for i in range(at + 1, len(lines)) if START.match(lines[i]) or AROUND.match(lines[i])),
               len(lines))
    told = lines[at:end]
    for i in range(end, len(lines)):
        if ERROR.match(lines[i]):
            break
        if ": note: " in lines[i] and lines[i].startswith(tuple(files)):
            told.append(lines[i])
    return [_cut(_shorter(line, files)) for line in told if line.strip()][:SHOWN]


def _told_from(lines: list[str], at: int, file: Path, number: int) -> list[str]:
    message = lines[at].split("error: ", 1)[1]
    where = lines[at].split(" ", 1)[0].rstrip(":")
    return [_cut(line) for line in (f"{relative(file)}:{number}: error: {message}", _source(file, number),
                                    f"(found in {where}, to which this line has led)")]


def _shorter(line: str, files: dict[str, Path]) -> str:
    for name, path in files.items():
        line = line.replace(name, relative(path))
    return line
