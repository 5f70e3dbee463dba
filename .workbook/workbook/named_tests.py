"""The tests that a page names, such as `02.Poll.adding_twice_is_eexist`: does each exist?

It has to be written in tests/ of its stage. Nothing is built for this.
"""

import re
from pathlib import Path

from .book import Page
from .repository import ROOT, stages

TEST = re.compile(r"^(?:ASYNC_)?TEST(?:_F|_P|_EACH)?\(\s*(\w+),\s*(\w+)\b", re.MULTILINE)
NAMED = re.compile(r"`(0[1-9])\.(\w+)\.(\w+)`")


def written(root: Path = ROOT) -> set[tuple[str, str, str]]:
    """Prefix of the stage, suite and name of each test."""
    return {(stage.prefix, *found) for stage in stages(root) for file in stage.files("tests")
            for found in TEST.findall(file.read_text(encoding="utf-8"))}


def check(page: Page, tests: set[tuple[str, str, str]]) -> None:
    """Adds a problem for each test that there is not."""
    for number, line in page.prose:
        for name in NAMED.findall(line):
            if name not in tests:
                page.problem(number, f"there is no test {'.'.join(name)}")
