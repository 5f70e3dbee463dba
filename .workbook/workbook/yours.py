"""The reader's own copy of a stage: `STAGE/yours/`.

It holds every file of the stage's include/, src/ and examples/support/ that has exercises, and `overlay.list`, which
names them; CMake refuses an overlay that lacks a file of its list. The files are the reader's: the
commands make them once, and only `reset` ever changes one, after saving what it replaces.
"""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from . import own_tests, regions
from .regions import Region, RegionError
from .repository import Failure, Stage, find_stage, relative, stages


@dataclass
class OwnFile:
    """One file of yours/, beside the file of the reference that it stands in for."""

    reference: Path
    path: Path
    text: str
    regions: dict[str, Region]  # of the reader's text, by name
    trouble: str  # why its regions cannot be told apart; empty if they can


def files_with_exercises(stage: Stage) -> list[Path]:
    """Relative to the stage's folder, sorted."""
    return sorted({region.file.relative_to(stage.folder) for region in regions.exercises(stage)})


def listed(stage: Stage) -> list[Path]:
    """What yours/ holds: the files with exercises; or, if whole files are written (see builder_mode),
    those that are begun."""
    if (stage.yours / "from_headers").is_file():
        text = (stage.yours / "overlay.list").read_text(encoding="utf-8")
        return [Path(line) for line in text.splitlines()]
    return files_with_exercises(stage)


def is_started(stage: Stage) -> bool:
    """Whether there are exercises; the capstone's server (capstone.py) is none."""
    return stage.yours.is_dir() and any(entry.name != "capstone" for entry in stage.yours.iterdir())


def require_started(stage: Stage) -> None:
    if not is_started(stage):
        raise Failure(f"{stage.name} is not started: ./workbook start {stage.name}", code=1)


def load(stage: Stage) -> dict[Path, OwnFile]:
    """All files of yours/, by the reference they stand in for. One that is missing is an error."""
    require_started(stage)
    names = listed(stage)
    missing = [name for name in names if not (stage.yours / name).is_file()]
    if missing:
        lines = [f"{relative(stage.yours / name)} is missing" for name in missing]
        for name in missing:
            first = next((region.name for region in regions.exercises(stage)
                          if region.file == stage.folder / name and names == files_with_exercises(stage)),
                         name.stem)
            lines.append(f"Put it back, or have a blank one: ./workbook reset {first}")
        raise Failure("\n".join(lines), code=1)
    write_list(stage)
    return {stage.folder / name: read(stage, name) for name in names}


def read(stage: Stage, name: Path) -> OwnFile:
    path = stage.yours / name
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return OwnFile(stage.folder / name, path, "", {}, f"{relative(path)} is not UTF-8 text")
    try:
        found = {region.name: region for region in regions.parse(path, text)}
        trouble = ""
    except RegionError as error:
        found, trouble = {}, str(error)
    return OwnFile(stage.folder / name, path, text, found, trouble)


def write_list(stage: Stage) -> None:
    """overlay.list: what CMake insists on finding in yours/. It is ours, so it is kept fresh."""
    text = "".join(f"{name}\n" for name in listed(stage))
    file = stage.yours / "overlay.list"
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def lay_blank(stage: Stage, name: Path) -> None:
    """Writes one file of the skeleton: the reference with every exercise blank."""
    source = stage.folder / name
    target = stage.yours / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8") as file:  # "x": never over a file that is there
        file.write(regions.blank(source, source.read_text(encoding="utf-8")))


def start(arguments: list[str]) -> int:
    """`./workbook start STAGE`: lays the skeleton in STAGE/yours/; refuses to overwrite."""
    if "--from-headers" in arguments:
        from . import builder_mode  # which needs this module

        return builder_mode.start(arguments)
    if len(arguments) != 1:
        names = "\n".join(f"  ./workbook start {stage.name}" for stage in stages())
        raise Failure(f"usage: ./workbook start STAGE [--from-headers [FILE...]]\n{names}")
    stage = find_stage(arguments[0])
    exercises = regions.exercises(stage)
    if not exercises:
        raise Failure(f"{stage.name} has no exercises yet", code=1)
    if is_started(stage):
        raise Failure(f"{relative(stage.yours)} is there already, and is never overwritten.\n"
                      f"See how far you are:     ./workbook check {stage.prefix}\n"
                      f"Begin one again:         ./workbook reset {exercises[0].name}\n"
                      "Begin all of it again:   move that folder away first", code=1)
    names = files_with_exercises(stage)
    try:
        for name in names:
            lay_blank(stage, name)
        write_list(stage)
        tests = [own_tests.lay(mistake) for mistake in own_tests.asked(stage)]
    except OSError:  # a full disk: half a folder would be taken for one that was started
        for folder in {stage.yours / name.parts[0] for name in names}:
            shutil.rmtree(folder, ignore_errors=True)
        (stage.yours / "overlay.list").unlink(missing_ok=True)
        raise
    first = exercises[0]
    place = stage.yours / first.file.relative_to(stage.folder)
    print(f"{relative(stage.yours)} now holds {len(names)} files with {len(exercises)} blank "
          f"exercises: everything else in them is written.\n"
          f"Read:    docs/{stage.name}.md\n"
          f"Write:   {first.label}, in {relative(place)}, "
          f"between '#region {first.name}' and '#endregion {first.name}'\n"
          f"Judge:   ./workbook check {stage.prefix}     (the first time it builds for a while)\n"
          f"Stuck:   ./workbook hint {first.name}")
    for file in tests:
        number = file.stem.removesuffix("_test").replace("_", ".")
        print(f"A test:  {relative(file)}, when {number} is written: it is to catch a mistake "
              f"(./workbook check test {number})")
    return 0


def save(stage: Stage, name: str, text: str) -> Path:
    """Keeps a reader's text in yours/saved/, under a name that was never used before."""
    folder = stage.yours / "saved"
    folder.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for again in ["", *(f"-{i}" for i in range(2, 1000))]:
        file = folder / f"{name}-{stamp}{again}.txt"
        try:
            with file.open("x", encoding="utf-8") as out:
                out.write(text if text.endswith("\n") else text + "\n")
            return file
        except FileExistsError:
            continue
        except OSError:
            file.unlink(missing_ok=True)
            raise
    raise Failure(f"{relative(folder)} is full", code=1)
