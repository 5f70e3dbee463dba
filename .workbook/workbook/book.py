"""The quotes of the book: its code blocks are pieces of the reference, and cannot drift from it.

    <!-- quote: 02_epoll_module/src/poll.cpp#2.6 -->
    ```cpp
    ...filled in by `./workbook docs`; never edited by hand...
    ```
    <!-- end quote -->

`#2.6` is a region of the file, numbered or named; without it the whole file is quoted. Markers of
regions inside are left out, and the indentation that all lines share is taken off. A `cpp` block that
is quoted from nowhere says so: `<!-- no-quote -->` among the comments before it, or ```cpp no-quote.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from . import regions
from .repository import ROOT, Failure

LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".cmake": "cmake", ".txt": "cmake", ".py": "python",
             ".sh": "sh", ".lua": "lua", ".js": "js", ".json": "json"}

BEGIN = re.compile(r"^\s*<!--\s*quote:\s*(\S+?)(?:#(\S+))?\s*-->\s*$")
END = re.compile(r"^\s*<!--\s*end quote\s*-->\s*$")
MALFORMED = re.compile(r"<!--\s*(?:end\s*)?quote\b")
NO_QUOTE = re.compile(r"^\s*<!--\s*no-quote\b.*-->\s*$")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([\w+]*)(.*)")


@dataclass
class Page:
    """A page, read: what it would be with fresh quotes, and what is wrong with it."""

    file: Path
    filled: list[str] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)  # line from 1, message
    prose: list[tuple[int, str]] = field(default_factory=list)  # lines outside code blocks
    quotes: list[tuple[int, str]] = field(default_factory=list)  # line, name of the region

    def problem(self, line: int, message: str) -> None:
        self.problems.append((line, message))


def pages(root: Path = ROOT) -> list[Path]:
    """All pages whose quotes and links are kept: READMEs, and the book in every language."""
    book = []
    for folder, inner, files in os.walk(root / "docs"):
        inner[:] = [name for name in inner if name not in ("node_modules", ".vitepress")]
        book += [Path(folder) / name for name in files if name.endswith(".md")]
    readmes = [*root.glob("README.md"), *root.glob("0*/README.md")]
    return sorted(readmes) + sorted(book)


def quoted(path: str, name: str | None, root: Path = ROOT) -> list[str]:
    """The fenced block for a quote. Raises Failure if there is no such file or region."""
    file = root / path
    if not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
        raise Failure(f"there is no file {path}")
    lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if name is not None:
        found = [region for region in regions.parse(file) if region.name == name]
        if not found:
            raise Failure(f"{path} has no region {name}")
        lines = lines[found[0].start + 1:found[0].end]
    lines = [line for line in lines if not regions.MARKER.match(line)]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    lines = [line[indent:].rstrip() for line in lines]
    longest = max((len(run) for run in re.findall(r"`{3,}", "\n".join(lines))), default=2)
    fence = "`" * (longest + 1)
    return [fence + LANGUAGES.get(file.suffix, "text"), *lines, fence]


def end_of_fence(lines: list[str], begin: int) -> int:
    """The index of the line that closes the code block that begins at `begin`."""
    opening = FENCE.match(lines[begin])[1]
    closing = re.compile(rf"^\s*{re.escape(opening[0])}{{{len(opening)},}}\s*$")
    for at in range(begin + 1, len(lines)):
        if closing.match(lines[at]):
            return at
    return len(lines) - 1


def _comments_before(lines: list[str], at: int) -> list[str]:
    """The comment lines right before line `at`; blank lines between are of no account."""
    found = []
    for line in reversed(lines[:at]):
        if line.strip() and not re.match(r"^\s*<!--.*-->\s*$", line):
            break
        found.append(line)
    return found


def read(file: Path, root: Path = ROOT) -> Page:
    page = Page(file)
    lines = file.read_text(encoding="utf-8").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        begin = BEGIN.match(line)
        if begin:
            at = _read_quote(page, lines, at, begin, root)
        elif FENCE.match(line):
            end = end_of_fence(lines, at)
            marked = any(NO_QUOTE.match(text) for text in _comments_before(lines, at))
            _, language, rest = FENCE.match(line).groups()
            if (language in ("cpp", "c++", "hpp", "cxx") and not marked
                    and "no-quote" not in rest.split()):
                page.problem(at + 1, "a cpp block that is neither quoted nor marked "
                             "<!-- no-quote -->")
            page.filled += lines[at:end + 1]
            at = end + 1
        else:
            if END.match(line):
                page.problem(at + 1, "an <!-- end quote --> without its beginning")
            elif MALFORMED.search(line) and "`" not in line:
                page.problem(at + 1, "a quote marker that cannot be read: a line of its own, like "
                             "<!-- quote: path#region -->")
            page.filled.append(line)
            page.prose.append((at + 1, line))
            at += 1
    return page


def _read_quote(page: Page, lines: list[str], at: int, begin: re.Match, root: Path) -> int:
    """Reads a quote that begins at line `at`; the index of the line after it."""
    end = at + 1
    while end < len(lines) and not END.match(lines[end]):
        if BEGIN.match(lines[end]):
            break
        end = end_of_fence(lines, end) + 1 if FENCE.match(lines[end]) else end + 1
    if end >= len(lines) or not END.match(lines[end]):
        page.problem(at + 1, "a quote without its <!-- end quote -->")
        page.filled.append(lines[at])
        return at + 1
    page.filled.append(lines[at])
    page.quotes.append((at + 1, begin[2] or ""))
    try:
        fresh = quoted(begin[1], begin[2], root)
        if lines[at + 1:end] != fresh:
            page.problem(at + 1, f"the quote of {begin[1]}{'#' + begin[2] if begin[2] else ''} "
                         "is not fresh; `./workbook docs` fills it in")
        page.filled += fresh
    except Failure as failure:
        page.problem(at + 1, str(failure))
        page.filled += lines[at + 1:end]
    page.filled.append(lines[end])
    return end + 1
