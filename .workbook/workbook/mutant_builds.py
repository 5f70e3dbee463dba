"""Many variants of the reference in one build; each test chooses its own when it starts.

A variant exchanges the body of one region. Built one after the other, two hundred of them are two
hundred compilations. Here every region becomes a choice instead:

    if (workbook_variant() == 0x2f4a81c3u) {  // 2.1-inherited_by_children
      ... a body of the variant
    } else if (...) {
      ...
    } else {
      ... the body of the reference
    }

and an environment variable says which one a process takes: none is the reference. Those who test
tests by changing programs call this a mutant schema [Untch, Offutt, Harrold 1993].

What stands in one file is compiled together, so a body that does not compile stops all of them; the
compiler's message names the body's own file and line.
"""

import os
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import building
from .regions import Region, body
from .repository import ROOT, Failure, Stage, cores, stages
from .sandbox import lay

CHOICE = "WORKBOOK_VARIANT"
FLAGS = "-O0"

# At the top of each file that has variants; a header and its source may both have it.
CHOOSER = f"""\
#ifndef {CHOICE}
#define {CHOICE}
#include <cstdlib>
inline unsigned long workbook_variant() noexcept {{
  static const char* const chosen = std::getenv("{CHOICE}");
  static const unsigned long number = chosen ? std::strtoul(chosen, nullptr, 10) : 0;
  return number;
}}
#endif
"""


@dataclass(frozen=True)
class Variant:
    name: str  # no two have the same
    stage: Stage
    region: Region
    body: str
    origin: Path  # the file that the compiler is to name for the body
    line: int  # of the body's first line there, from 1

    @property
    def number(self) -> int:
        """It stays the same when others come and go, so what was compiled stays good."""
        return zlib.crc32(self.name.encode()) or 1


def choice(region: Region, reference: str, variants: Iterable[Variant]) -> list[str]:
    """The lines that stand between the markers of a region, for all of its variants."""
    lines = []
    for variant in variants:
        lines += [f"if (workbook_variant() == {variant.number}u) {{  // {variant.name}",
                  f'#line {variant.line} "{variant.origin}"', *variant.body.split("\n"), "} else"]
    return [*lines, "{", f'#line {region.start + 2} "{region.file}"', *reference.split("\n"), "}",
            f'#line {region.end + 1} "{region.file}"']


def text_of(file: Path, variants: list[Variant], chooser: str = CHOOSER) -> str:
    """The text of a file of the reference with all of its variants in it."""
    text = file.read_text(encoding="utf-8")
    lines = text.split("\n")
    of_region: defaultdict[Region, list[Variant]] = defaultdict(list)
    for variant in variants:
        of_region[variant.region].append(variant)
    for region in sorted(of_region, key=lambda region: region.start, reverse=True):
        lines[region.start + 1:region.end] = choice(region, body(text, region), of_region[region])
    return "\n".join([chooser + f'#line 1 "{file}"', *lines])


class Schemata:
    """All stages, built in build/<folder>/ with these variants. One process at a time uses a
    folder; what was built there before stays good."""

    def __init__(self, folder: str, sanitizers: str, variants: list[Variant], root: Path = ROOT):
        self.root = root
        self.folder = root / "build" / folder
        self.sanitizers = sanitizers
        numbers = {variant.number: variant.name for variant in variants}
        for variant in variants:
            if numbers[variant.number] != variant.name:
                raise Failure(f"{variant.name} and {numbers[variant.number]} have the same number: "
                              "give one of them another name", code=1)
        self._lay(variants)

    def overlay(self, stage: Stage) -> Path:
        return self.folder / "overlay" / stage.name

    def _lay(self, variants: list[Variant]) -> None:
        of_file: defaultdict[Path, list[Variant]] = defaultdict(list)
        for variant in variants:
            of_file[variant.region.file].append(variant)
        changed = {file: text_of(file, some) for file, some in of_file.items()}
        for stage in stages(self.root):
            lay(self.overlay(stage), stage, changed)

    def build(self, targets: list[str]) -> None:
        folder = self.folder / "build"
        building.configure_project("the build of all variants", self.root, folder,
                                   {stage.name: self.overlay(stage) for stage in stages(self.root)},
                                   self.sanitizers, FLAGS)
        good, printed = building.build_quietly(folder, targets, cores(), keep_going=True)
        if not good:
            said = building.compiler_said(printed)
            raise Failure(f"not every variant compiles:\n{said}", code=1)

    def program(self, target: str) -> Path:
        return self.folder / "build" / "tests" / target

    @staticmethod
    def chosen(variant: Variant) -> dict[str, str]:
        """The environment of a process that takes this variant."""
        return os.environ | {CHOICE: str(variant.number)}
