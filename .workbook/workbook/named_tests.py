"""The tests that a page names, such as `02.Poll.adding_twice_is_eexist`: does each exist?

It has to be written in tests/ of its stage, or added by its CMakeLists.txt.
"""

import re
from pathlib import Path

from . import gtests
from .book import Page
from .repository import ROOT, stages

ADDED = re.compile(r"add_test\(NAME (0[1-9]\.\w+\.\w+)")
NAMED = re.compile(r"`(0[1-9]\.\w+\.\w+)`")


def written(root: Path = ROOT) -> set[str]:
    """The name of each test, with the prefix of its stage."""
    names = {f"{stage.prefix}.{name}" for stage in stages(root) for name in gtests.sources(stage)}
    for file in root.glob("0*/CMakeLists.txt"):
        names.update(ADDED.findall(file.read_text(encoding="utf-8")))
    return names


def check(page: Page, tests: set[str]) -> None:
    """Adds a problem for each test that there is not."""
    for number, line in page.prose:
        for name in NAMED.findall(line):
            if name not in tests:
                page.problem(number, f"there is no test {name}")
