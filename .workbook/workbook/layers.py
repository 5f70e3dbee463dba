"""Do all includes point downwards?

    PYTHONPATH=.workbook python3 -m workbook.layers           checks
    PYTHONPATH=.workbook python3 -m workbook.layers --draw    shows the layers of each step

A file of a step may include headers of that step and of earlier ones, and no header includes itself by a
detour. Where the headers of a step stand in folders, those are layers, too, with an order: a file includes
no header of a folder above its own.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .repository import ROOT, Failure, Stage, relative, stages

# The folders of a step, from the lowest to the highest. What stands in none of them is above them all.
FOLDERS = {"05_async_runtime": ("core", "io", "sync", "http")}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class File:
    stage: Stage
    path: Path

    @property
    def name(self) -> str:
        """As an include names it: the part below include/, src/ or examples/."""
        return self.path.relative_to(self.stage.folder).as_posix().partition("/")[2]

    @property
    def layer(self) -> tuple[int, int]:
        """Of the step, and of its folder. What the example programs are made of is above the library."""
        folders = FOLDERS.get(self.stage.name, ())
        parts = [part for part in Path(self.name).parts[:-1] if part in folders]
        if self.path.is_relative_to(self.stage.folder / "examples"):
            return self.stage.number, len(folders) + 1
        return self.stage.number, folders.index(parts[0]) if parts else len(folders)


def read(root: Path = ROOT) -> dict[File, list[File]]:
    """The files of all libraries and of examples/support, and the headers that each includes."""
    files = [File(stage, path) for stage in stages(root) for path in stage.sources()]
    headers = {file.name: file for file in files if file.path.suffix == ".hpp"}
    return {file: [headers[name] for name in INCLUDE.findall(file.path.read_text(encoding="utf-8"))
                   if name in headers]
            for file in files}


def upward(includes: dict[File, list[File]]) -> list[str]:
    return [f"{relative(file.path)} includes {other.name}, which is above it"
            for file, others in includes.items() for other in others if other.layer > file.layer]


def levels(includes: dict[File, list[File]]) -> list[list[File]]:
    """Level 0 includes nothing, level 1 only what is in level 0, and so on. Raises Failure for a cycle."""
    found: list[list[File]] = []
    left = dict(includes)
    while left:
        level = [file for file, others in left.items() if not any(other in left for other in others)]
        if not level:
            at, way = next(iter(left)), []
            while at not in way:
                way.append(at)
                at = next(other for other in left[at] if other in left)
            circle = [file.name for file in way[way.index(at):]] + [at.name]
            raise Failure("these include one another: " + " -> ".join(circle), code=1)
        found.append(level)
        for file in level:
            del left[file]
    return found


def draw(includes: dict[File, list[File]]) -> str:
    """The headers of each step, by level; the highest first."""
    lines = []
    for stage in sorted({file.stage for file in includes}, key=lambda stage: stage.number):
        own = {file: [other for other in others if other.stage == stage]
               for file, others in includes.items()
               if file.stage == stage and file.path.suffix == ".hpp"}
        lines.append(stage.name)
        for number, level in reversed(list(enumerate(levels(own)))):
            lines.append(f"  {number}  " + "  ".join(sorted(file.path.stem for file in level)))
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    includes = read()
    if arguments == ["--draw"]:
        print(draw(includes))
        return 0
    wrong = upward(includes)
    count = len(levels(includes))
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(includes)} files in {count} levels; {len(wrong)} includes point upwards, none in a circle")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        sys.exit(str(failure))
