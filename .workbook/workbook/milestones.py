"""Milestones: programs that run on the reader's own functions, while later exercises are still blank.

The chapter of a step lists them in a table, which is the only place where they are defined:

    | after | you run | and see |
    |---|---|---|
    | 2.6 | `./workbook run --mine echo_loop 8000` | your loop answers `nc 127.0.0.1 8000` |

A milestone is reached when all exercises of its step up to that number are right.
`python3 -m workbook.milestones_check` proves that each program runs with the exercises after it blank.
"""

import re
from dataclasses import dataclass

from . import docs, regions
from .repository import Failure, Stage

ROW = re.compile(r"^\| *(\d+\.\d+) *\| *`\./workbook run --mine ([^`]+)` *\| *(.+?) *\|$")


@dataclass(frozen=True)
class Milestone:
    stage: Stage
    after: str  # the number of an exercise
    words: tuple[str, ...]  # the program and its arguments
    what: str

    @property
    def command(self) -> str:
        return f"./workbook run --mine {' '.join(self.words)}"


def order(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("."))


def of(stage: Stage) -> list[Milestone]:
    """In the order of their numbers."""
    pages = [page for page in docs.chapters(stage) if page.is_file()]
    rows = [ROW.match(line) for page in pages for line in page.read_text(encoding="utf-8").split("\n")]
    found = [Milestone(stage, row[1], tuple(row[2].split()), row[3]) for row in rows if row]
    names = {region.name for region in regions.exercises(stage)}
    for milestone in found:
        if milestone.after not in names:
            raise Failure(f"{stage.name}: the book names a milestone after {milestone.after}, which is no exercise",
                          code=1)
    return sorted(found, key=lambda milestone: order(milestone.after))


def told(stage: Stage, right: set[str]) -> list[str]:
    """What `check` says about them: the last one that is reached, and the next one."""
    reached = last = None
    for milestone in of(stage):
        needed = {region.name for region in regions.exercises(stage) if region.order <= order(milestone.after)}
        if not needed <= right:
            last = milestone
            break
        reached = milestone
    lines = []
    if reached:
        lines += ["", f"Milestone reached: {reached.what}", f"    {reached.command}"]
    if last:
        lines += ["", f"Next milestone, after {last.after}: {last.what}"]
    return lines
