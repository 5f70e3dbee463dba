"""Many variants of the reference in one build; each test chooses its own when it starts.

A variant exchanges the body of one region. Built one after the other, two hundred of them are two
hundred compilations. Here every region becomes a choice instead:

    if (workbook_variant(0x2f4a81c3u)) {  // 2.1-inherited_by_children
      ... a body of the variant
    } else if (...) {
      ...
    } else {
      ... the body of the reference
    }

A function whose whole body a builder writes (see builder.py) begins with a choice, too:

    Token emplace(Args&&... args) {workbook_blank(911u, "slab.emplace");

and an environment variable says which ones a process takes: none is the reference. Those who test
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
from .blanking import Body
from .regions import Region, body
from .repository import ROOT, Failure, Stage, cores, stages
from .sandbox import lay

CHOICE = "WORKBOOK_VARIANT"
REACHED = "WORKBOOK_REACHED"  # a file that gets the name of a blank function which is called
FLAGS = "-O0"

# At the top of each file that has variants; a header and its source may both have it.
CHOOSER = f"""\
#ifndef {CHOICE}
#define {CHOICE}
#include <cstdio>
#include <cstdlib>
#include "syscall/todo.hpp"
inline bool workbook_variant(unsigned long number) noexcept {{
  static const char* const chosen = std::getenv("{CHOICE}");  // numbers with commas between them
  char* end = nullptr;
  for (const char* at = chosen; at != nullptr; at = *end == ',' ? end + 1 : nullptr)
    if (std::strtoul(at, &end, 10) == number) return true;
  return false;
}}
inline void workbook_blank(unsigned long number, const char* name) {{
  if (!workbook_variant(number)) return;
  if (const char* const reached = std::getenv("{REACHED}")) {{
    if (std::FILE* const file = std::fopen(reached, "a")) {{
      std::fputs(name, file);
      std::fclose(file);
    }}
  }}
  sys::todo(name);
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


@dataclass(frozen=True)
class BlankFunction:
    """A function that is blank if it is chosen."""

    stage: Stage
    file: Path
    body: Body

    @property
    def number(self) -> int:
        return zlib.crc32(f"{self.stage.prefix} {self.body.name}".encode()) or 1

    @property
    def message(self) -> str:
        return f"{self.body.name} is not written yet"


def choice(region: Region, reference: str, variants: Iterable[Variant]) -> list[str]:
    """The lines that stand between the markers of a region, for all of its variants."""
    lines = []
    for variant in variants:
        lines += [f"if (workbook_variant({variant.number}u)) {{  // {variant.name}",
                  f'#line {variant.line} "{variant.origin}"', *variant.body.split("\n"), "} else"]
    return [*lines, "{", f'#line {region.start + 2} "{region.file}"', *reference.split("\n"), "}",
            f'#line {region.end + 1} "{region.file}"']


def text_of(file: Path, variants: list[Variant], functions: Iterable[BlankFunction] = (),
            chooser: str = CHOOSER) -> str:
    """The text of a file of the reference with all of its variants in it."""
    text = file.read_text(encoding="utf-8")
    for function in sorted(functions, key=lambda function: function.body.first, reverse=True):
        at = function.body.first  # no line is added
        text = f'{text[:at]}workbook_blank({function.number}u, "{function.body.name}");{text[at:]}'
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

    def __init__(self, folder: str, sanitizers: str, variants: list[Variant], root: Path = ROOT,
                 functions: Iterable[BlankFunction] = ()):
        self.root = root
        self.folder = root / "build" / folder
        self.sanitizers = sanitizers
        numbers: dict[int, str] = {}
        for number, name in [*((variant.number, variant.name) for variant in variants),
                             *((function.number, function.body.name) for function in functions)]:
            if number in numbers:
                raise Failure(f"{name} and {numbers[number]} have the same number: "
                              "give one of them another name", code=1)
            numbers[number] = name
        self._lay(variants, functions)

    def overlay(self, stage: Stage) -> Path:
        return self.folder / "overlay" / stage.name

    def _lay(self, variants: list[Variant], functions: Iterable[BlankFunction]) -> None:
        of_file: defaultdict[Path, list[Variant]] = defaultdict(list)
        for variant in variants:
            of_file[variant.region.file].append(variant)
        blank: defaultdict[Path, list[BlankFunction]] = defaultdict(list)
        for function in functions:
            blank[function.file].append(function)
        changed = {file: text_of(file, of_file[file], blank[file]) for file in {*of_file, *blank}}
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
    def chosen(*variants: Variant | BlankFunction) -> dict[str, str]:
        """The environment of a process that takes these variants."""
        return os.environ | {CHOICE: ",".join(str(variant.number) for variant in variants)}
