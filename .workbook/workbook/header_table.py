"""The table of a step's headers, with what each gives: the first sentence of its first comment.

    <!-- headers: 05_async_runtime -->
    ... filled in by `./workbook docs` ...
    <!-- end headers -->
"""

import os
import re
from pathlib import Path

from .repository import Stage, first_sentence

BEGIN = re.compile(r"^<!-- headers: (\w+) -->$")
END = "<!-- end headers -->"
ADDRESS = re.compile(r"https?://[^\s,]+")  # would become a link


def table(page: Path, stage: Stage) -> list[str]:
    lines = ["| header | what it gives |", "|---|---|"]
    folder = stage.folder / "include"
    for file in sorted(stage.files("include"), key=lambda file: (len(file.parts), file)):
        link = os.path.relpath(file, page.parent)
        gives = ADDRESS.sub(r"`\g<0>`", first_sentence(file))
        lines.append(f"| [{file.relative_to(folder)}]({link}) | {gives} |")
    return lines


def with_tables(lines: list[str], page: Path, stages: list[Stage]) -> list[str]:
    """A page with each of its tables as it should be."""
    by_name = {stage.name: stage for stage in stages}
    filled: list[str] = []
    at = 0
    while at < len(lines):
        begin = BEGIN.match(lines[at])
        filled.append(lines[at])
        at += 1
        if begin and begin[1] in by_name and END in lines[at:]:
            filled += table(page, by_name[begin[1]])
            at = lines.index(END, at)
    return filled


def without_table(lines: list[str], stages: list[Stage]) -> list[tuple[int, str]]:
    """The markers that name no step or have no end, each with its number of line."""
    names = {stage.name for stage in stages}
    return [(number, line) for number, line in enumerate(lines, start=1)
            if (begin := BEGIN.match(line)) and (begin[1] not in names or END not in lines[number:])]
