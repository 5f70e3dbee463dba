"""What the pages claim: does each claim name its evidence?

A *claim* is a paragraph, an item of a list or a row of a table that says "always", "never", "cannot", "no
client" or "every client". Its evidence stands in it: a test (`02.Poll.adding_twice_is_eexist`), a mistake,
a manual page [epoll_ctl(2)], a section of an RFC, a link to a file of the sources or to another host; or
the next block is a command or a quote of the sources.

A *figure* is a number with a unit. Its evidence is a command (a `sh` fence) or the same number in any fence
under the same heading; or it stands in the paragraph, as for a claim, or as a link to a page of measurements.

Where none of these would help a reader, a comment names the evidence, in the paragraph or on the line before
or after it. A name of a test in it must exist, and so must a file.

    <!-- seen: 02.Poll.adding_twice_is_eexist -->     for a claim
    <!-- measured: ./workbook bench -->               for a figure
    <!-- no claim -->                                 an instruction, a definition, arithmetic, an example

The text of an exercise or of a stage, which names what judges it by itself, and hints are left out.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from . import book
from .book import Page
from .repository import ROOT

# Their rows have a column for the test, or they are quotes, or rules for authors, or links.
WITHOUT = {"answers.md", "faults.md", "originals.md", "contributing.md", "decisions.md", "further_reading.md"}

THINGS = "client|call|task|thread|event|byte|allocation|copy|lock|descriptor|connection|request|message|frame"
CLAIM = re.compile(
    r"(?<!that )(?<!that is )(?<!that was )(?<!which )\b"
    rf"(?:always|never|cannot|(?:no|every) (?:other )?(?:{THINGS})s?|costs? (?:one|no|nothing))\b(?!-)", re.I)
UNIT = (r"ns|us|ms|s|(?:nano|micro|milli)?seconds?|minutes?|hours?|bytes|percent|[KMG]i?B|%|"
        r"(?:lines|requests|messages|connections|answers|clients|times|switches|calls) (?:a|per) second")
FIGURE = re.compile(rf"(?<![\w.,#-])(?!0 |100 (?:%|percent))(\d[\d,.]*\d|\d)(?: |(?=%))(?:{UNIT})(?!\w)")
COMMENT = re.compile(r"<!--\s*(seen|measured|no claim)\b:?\s*(.*?)\s*-->", re.DOTALL)
MARK = re.compile(r"^\s*<!--\s*(?:seen|measured|no claim)\b")
TEST = re.compile(r"\b0[1-9]\.[A-Z]\w*\.\w+")
FILE = re.compile(r"(?<![\w/.])((?:\.\.?)?[\w.-]*\w/[\w./-]+\.(?:hpp|cpp|py|md|sh|txt))\b")
SOURCE = re.compile(r"\b0[1-9]\.[A-Z]|/|\(\d\)|RFC \d|command")
SKIPPED = {r"### \d+\.\d+ ": "<!-- end hint", r"### Stage \d+:": "</details>",
           "<!-- bench:": "<!-- end bench", "(?:<details>)?<summary>": "</summary>"}
SHOWN = re.compile(r"\b0[1-9]\.[A-Z]\w*\.\w+|\[[\w.]+\(\d\w*\)|RFC \d+|\]\((?:https?:|\.\./)")
MEASURED = re.compile(r"\]\((?:benchmarks|testing)\.md")
CODE = re.compile(r"(`+)(.+?)\1")
ITEM = re.compile(r"^\s*(?:[*+-]|\d+\.)\s|^\|")


@dataclass
class Block:
    """A paragraph, an item, a row; or, if it has a language, a fence."""

    line: int  # from 1
    section: int  # the heading it stands under
    text: str = ""
    language: str | None = None
    after: "Block | None" = None  # the next one under the same heading


def blocks(file: Path) -> list[Block]:
    found: list[Block] = []
    lines = file.read_text(encoding="utf-8").split("\n")
    at = section = 0
    current: Block | None = None
    table = ""  # the marker on the line before a table holds for all its rows
    while at < len(lines):
        line = lines[at]
        if fence := book.FENCE.match(line):
            end = book.end_of_fence(lines, at)
            found.append(Block(at + 1, section, "\n".join(lines[at + 1:end]), fence[2]))
            current, at = None, end
        elif skipped := [end for begin, end in SKIPPED.items() if re.match(begin, line)]:
            while at < len(lines) and skipped[0] not in lines[at]:
                at += 1
            current = None
        elif line.startswith("#"):
            section, current = section + 1, None
        elif not line.strip():
            current, table = None, ""
        elif MARK.match(line) or not line.lstrip().startswith(("<", "![")):
            only_marks = current and not COMMENT.sub("", current.text).strip()
            if only_marks and line.startswith("|"):
                table = current.text
            if not current or (ITEM.match(line) and not only_marks):
                current = Block(at + 1, section, table)
                found.append(current)
            current.text += line + "\n"
        at += 1
    for block, following in zip(found, found[1:]):
        if block.section == following.section:
            block.after = following
    return found


def check(page: Page, tests: set[str], root: Path = ROOT) -> None:
    """Adds a problem for each claim and each figure without evidence, and for evidence there is not."""
    if page.file.parent != root / "docs" or page.file.name in WITHOUT:
        return
    found = blocks(page.file)
    for block in found:
        if block.language is not None:
            continue
        kinds = {}
        for kind, text in COMMENT.findall(block.text):
            kinds[kind] = text
            wrong = [name for name in TEST.findall(text) if name not in tests]
            wrong += [name for name in FILE.findall(text) if not (root / name).exists()]
            needed = {"seen": SOURCE.search(text), "measured": text, "no claim": True}
            if wrong or not needed[kind]:
                page.problem(block.line, f"there is no such evidence: {' '.join(wrong) or text}")
        said = " ".join(CODE.sub("...", COMMENT.sub("", block.text)).split())
        if kinds or SHOWN.search(block.text):
            continue
        follows = block.after and block.after.language not in (None, "text")
        if (claim := CLAIM.search(said)) and not follows:
            page.problem(block.line, f'"{around(said, claim)}" has no evidence: name a test, a source, or '
                         "<!-- seen: ... -->")
        fences = [other for other in found if other.section == block.section and other.language is not None]
        text = re.sub("[,']", "", " ".join(other.text for other in fences))
        if MEASURED.search(block.text) or any(other.language == "sh" for other in fences):
            continue
        shown = set(re.findall(r"\d[\d.]*\d|\d", text))
        for figure in FIGURE.finditer(said):
            if figure[1].replace(",", "") not in shown:
                page.problem(block.line, f'"{around(said, figure)}" has no evidence: name a command, '
                             "a source, or <!-- measured: ... -->")
                break


def around(text: str, match: re.Match) -> str:
    return text[max(0, match.start() - 30):match.end() + 30].strip()
