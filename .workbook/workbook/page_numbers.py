"""The table "The way in numbers": how long each page of the path is.

    <!-- page numbers -->
    ... filled in by `./workbook docs` ...
    <!-- end page numbers -->

Words and lines of code change with nearly every edit. So the table stays as it is while the numbers of
figures and exercises are right and the others are right within a tenth. The minutes to write are those that
the pages name for each exercise.
"""

import re
from pathlib import Path

from . import reading_order
from .repository import ROOT

BEGIN, END = "<!-- page numbers -->", "<!-- end page numbers -->"
HEAD = ["| page | words | lines of code | figures | exercises | minutes to read | to write |",
        "|---|--:|--:|--:|--:|--:|--:|"]
FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NO_PROSE = re.compile(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|</?\w[^>]*>", re.DOTALL)
WORDS_A_MINUTE, LINES_A_MINUTE = 200, 20


def numbers(text: str) -> list[int]:
    """Words, lines of code, figures, exercises, minutes to read and to write. Output is not read."""
    text = re.sub(f"{BEGIN}.*?{END}", "", text, flags=re.DOTALL)
    fences = FENCE.findall(text)
    prose = NO_PROSE.sub(" ", FENCE.sub("", text))
    words = sum(any(letter.isalnum() for letter in word) for word in prose.split())
    lines = sum(bool(line.strip()) for language, code in fences if language not in ("text", "mermaid")
                for line in code.splitlines())
    drawn = text.count("](figures/") + sum(language == "mermaid" for language, _ in fences)
    exercises = len(re.findall(r"^### \d+\.\d+ ", text, re.MULTILINE))
    to_write = sum(map(int, re.findall(r"^In `.* About (\d+) minutes\.$", text, re.MULTILINE)))
    return [words, lines, drawn, exercises, round(words / WORDS_A_MINUTE + lines / LINES_A_MINUTE), to_write]


def table(root: Path = ROOT) -> list[str]:
    pages = list(reading_order.next_lines(root))
    counted = [numbers(file.read_text(encoding="utf-8")) for file in pages]
    names = [f"[{reading_order.heading(file)}]({file.name})" for file in pages]
    rows = zip([*names, "together"], [*counted, [sum(column) for column in zip(*counted)]])
    return HEAD + [f"| {name} | " + " | ".join(f"{number:,}" for number in row) + " |" for name, row in rows]


def _is_near(old: str, new: str) -> bool:
    *was, old_name = reversed(old.split("|")[1:-1])
    *now, new_name = reversed(new.split("|")[1:-1])
    if old_name != new_name or len(was) != len(now):
        return False
    try:
        pairs = [(int(a.replace(",", "")), int(b.replace(",", ""))) for a, b in zip(was, now)]
    except ValueError:
        return old == new
    return all(abs(a - b) <= (0 if column in (2, 3) else max(5, b // 10))  # from the right
               for column, (a, b) in enumerate(pairs))


def with_table(lines: list[str], root: Path = ROOT) -> list[str]:
    """A page with the table as it should be, if it has one."""
    if BEGIN not in lines or END not in lines[lines.index(BEGIN):]:
        return lines
    begin = lines.index(BEGIN) + 1
    end = lines.index(END, begin)
    old, new = lines[begin:end], table(root)
    is_fresh = len(old) == len(new) and all(map(_is_near, old, new))
    return lines if is_fresh else [*lines[:begin], *new, *lines[end:]]
