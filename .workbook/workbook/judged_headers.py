"""Is each body in a header that is compiled with its tests alone the one that they run?

    PYTHONPATH=.workbook python3 -m workbook.judged_headers

`check` does not compile the library anew for an exercise in a header (see `sandbox`). The verdict is the
same only if the function is in the object file of a test that judges it: one that only the library calls
would be the reference's. So all such bodies are made blank, the tests are compiled, and each object file must
hold the words of the exercises that it judges, and be linked before every other.
"""

import json
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import building, regions
from .holes import judges
from .regions import Region
from .repository import ROOT, Failure, Stage, cores, stages
from .sandbox import FLAGS, SANITIZERS, Sandbox, write_if_changed

FOLDER = ROOT / "build" / "judged"


def in_headers(stage: Stage) -> list[Region]:
    return [region for region in regions.exercises(stage) if region.file.suffix == ".hpp"]


def compile_judge(folder: Path, target: str) -> bytes:
    """The object file of a test program, which is one source."""
    entries = json.loads((folder / "compile_commands.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in entries if f"/{target}.dir/" in entry["command"])
    command = shlex.split(entry["command"])
    made = folder / f"{target}.o"
    command[command.index("-o") + 1] = str(made)
    good, printed = building.said_by(command, Path(entry["directory"]))
    if not good:
        raise Failure(f"{target} does not compile with blank headers:\n{printed}", code=1)
    return made.read_bytes()


def missing(stage: Stage) -> list[str]:
    """The exercises of a stage's headers that one of their judges has nothing of."""
    exercises = in_headers(stage)
    if not exercises:
        return []
    for file in {region.file for region in exercises}:
        write_if_changed(FOLDER / "judged" / file.relative_to(ROOT),
                         regions.blank(file, file.read_text(encoding="utf-8")))
    folder = FOLDER / stage.prefix
    building.configure_alone(stage, folder, {stage.name: stage.folder}, SANITIZERS, FLAGS,
                             judged=FOLDER / "judged")
    good, printed = building.build_quietly(folder, ["workbook_pch"], cores())
    if not good:
        raise Failure(f"the headers of the tests do not compile:\n{printed}", code=1)
    targets = sorted({target for region in exercises for target in judges(stage, region)})
    with ThreadPoolExecutor(cores()) as pool:
        objects = dict(zip(targets, pool.map(lambda target: compile_judge(folder, target), targets)))
    found = [f"{region.label}: the object file of {target} does not contain the function"
             for region in exercises for target in judges(stage, region)
             if region.label.encode() not in objects[target]]
    return found + [f"{target}: another object file is linked before the test's own, and its copy of a body "
                    "in a header would be taken" for target in targets if not is_linked_first(folder, target)]


def is_linked_first(folder: Path, target: str) -> bool:
    """Of several copies of an inline function, a linker takes that of the first object file."""
    _, printed = building.said_by(["ninja", "-C", str(folder), "-t", "commands", "-s", f"tests/{target}"])
    objects = [word for word in printed.split() if word.endswith(".o")]
    return bool(objects) and f"/{target}.dir/" in objects[0]


def main() -> int:
    found = [line for stage in stages() for line in missing(stage)]
    count = sum(len(in_headers(stage)) for stage in stages())
    print("\n".join(found) or f"{count} exercises in headers are in the object files of their tests")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
