"""Does what a reader begins with compile: all files of a builder, and the whole files of the guided way?

    PYTHONPATH=.workbook python3 -m workbook.builder_starts

For each step all its files, blank as `start --from-headers` lays them, and then with its whole files opened
as `start STAGE FILE` does it, their exercises written, are read by g++ in one go, on the
reference's earlier steps. It makes no code. Warnings are errors, but for those that an overlay never has.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import blanking, building, builder
from .repository import ROOT, Stage, cores, stages
from .sandbox import write_if_changed

FOLDER = ROOT / "build" / "starts"
FLAGS = ("-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
         "-Wno-sign-conversion", "-Wno-unused-parameter", "-Wno-subobject-linkage", "-Werror")


def lay(stage: Stage, guided: bool) -> Path:
    """The file that includes all of them."""
    folder = FOLDER / ("guided" if guided else "builder") / stage.name
    texts = {file: blanking.without_markers(file.read_text(encoding="utf-8"))
             for file in stage.sources() if file.stem not in builder.LEFT_OUT}
    for unit in builder.whole_files(stage) if guided else builder.units(stage):
        texts |= {file: unit.opened(file, file.read_text(encoding="utf-8")) if guided else text
                  for file, (text, _) in unit.laid().items()}
    lines = []
    for file, text in texts.items():
        write_if_changed(folder / file.relative_to(stage.folder), text)
        lines.append(f'#include "{folder / file.relative_to(stage.folder)}"\n')
    write_if_changed(folder / "all.cpp", "".join(lines))
    return folder / "all.cpp"


def compile_start(start: tuple[Stage, bool]) -> str:
    """What the compiler says; nothing if it is content."""
    stage, guided = start
    file = lay(stage, guided)
    folders = [file.parent, *(earlier.folder for earlier in stages() if earlier.number < stage.number)]
    good, printed = building.said_by(["g++", *FLAGS, *(f"-I{folder / name}" for folder in folders
                                                       for name in ("include", "src", "examples")), str(file)])
    return "" if good else printed


def main() -> int:
    with ThreadPoolExecutor(cores()) as pool:
        said = list(pool.map(compile_start, [(stage, guided) for stage in stages() for guided in (False, True)]))
    count = sum(len(unit.blanks()) for stage in stages() for unit in builder.units(stage))
    print("".join(said) or f"{count} functions blank at once: what is left of {len(stages())} steps compiles")
    return 1 if any(said) else 0


if __name__ == "__main__":
    sys.exit(main())
