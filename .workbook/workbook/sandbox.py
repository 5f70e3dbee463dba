"""Where a reader's bodies are built into the reference, one at a time.

A `Sandbox` is the place for that. It holds an overlay for each stage, with a copy of every
file of its library, and a build folder for each stage that is compiled against these overlays.
Both stay where they are from one variant to the next, so a variant costs one compilation and one
link. That holds for a body in a header, too: headers with exercises stand a second time in `judged`,
for the tests alone. A body that only they are compiled with is the one that the program runs: without
optimisation nothing is inlined, and of several copies of a function the linker takes the first. A
sandbox is used by one thread at a time; several stand side by side.

What keeps a variant from spoiling the next: `variant(...)` puts the reference back when it ends,
however it ends, and a file that is put back is newer than what was built from the variant.
"""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from . import building, regions
from .regions import Region
from .repository import ROOT, Failure, Stage, cores, stages

T = TypeVar("T")
R = TypeVar("R")

FOLDER = ROOT / "build" / "yours"
SANITIZERS = "address,undefined"
FLAGS = "-O0 -g1"
BATCH = 12  # files of the reference in one compilation
SHARE = 4  # exercises that are worth a sandbox: the first build of each takes a while

_preparing: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by the stage's name


def write_if_changed(file: Path, text: str) -> None:
    """A file that is written again looks new to ninja, even if nothing in it has changed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def lay(overlay: Path, stage: Stage, changed: dict[Path, str]) -> None:
    """Lays every library file of a stage into its overlay: those in `changed`, which are named as in the
    reference, with that text. All of them, so that none comes later: a header that is new in a folder of
    the include path stands before the reference's, but ninja and the compiler cache only look at what
    was read the last time, and would give out what was built from the reference."""
    wanted = set()
    for file in stage.sources():
        copy = overlay / file.relative_to(stage.folder)
        write_if_changed(copy, changed.get(file) or file.read_text(encoding="utf-8"))
        wanted.add(copy)
    overlay.mkdir(parents=True, exist_ok=True)
    for held in overlay.rglob("*.?pp"):
        if held not in wanted:
            held.unlink()


class Sandbox:
    def __init__(self, number: int | str = 0, root: Path = ROOT):
        self.folder = root / FOLDER.relative_to(ROOT) / str(number)
        self.root = root
        self.stages = stages(root)
        self.reference: dict[Path, str] = {}  # files with exercises, and their text
        self._configured: set[str] = set()
        self._prepared: set[str] = set()
        self._lay_reference()

    def overlay(self, stage: Stage) -> Path:
        return self.folder / "overlay" / stage.name

    def copy_of(self, file: Path) -> Path:
        """Where the overlay holds a file of the reference."""
        for stage in self.stages:
            if file.is_relative_to(stage.folder):
                return self.overlay(stage) / file.relative_to(stage.folder)
        raise ValueError(file)

    def judged_copy_of(self, file: Path) -> Path:
        """Where the tests, and only they, find a header with exercises."""
        return self.folder / "judged" / file.relative_to(self.root)

    def _lay_reference(self) -> None:
        for stage in self.stages:
            for file in {region.file for region in regions.exercises(stage)}:
                self.reference[file] = file.read_text(encoding="utf-8")
                if file.suffix == ".hpp":
                    write_if_changed(self.judged_copy_of(file), self.reference[file])
            lay(self.overlay(stage), stage, {})

    @contextlib.contextmanager
    def variant(self, file: Path, text: str, in_tests_only: bool = False) -> Iterator[None]:
        """Within this scope, `text` stands for a file of the reference. `in_tests_only`: it is a header
        that differs in bodies of functions, and the library need not be compiled with it."""
        copies = [self.judged_copy_of(file)] if file.suffix == ".hpp" else []
        if not in_tests_only:
            copies.append(self.copy_of(file))
        for copy in copies:
            copy.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            for copy in copies:
                copy.write_text(self.reference[file], encoding="utf-8")

    def build_folder(self, stage: Stage) -> Path:
        return self.folder / "build" / stage.prefix

    def build(self, stage: Stage, targets: list[str], jobs: int) -> tuple[bool, str]:
        """Builds targets of a stage; whether that succeeds, and what was printed."""
        if stage.name not in self._configured:
            overlays = {earlier.name: self.overlay(earlier) for earlier in self.stages
                        if earlier.number <= stage.number}
            self.configure(stage, overlays)
            self._configured.add(stage.name)
        return building.build_quietly(self.build_folder(stage), targets, jobs)

    def configure(self, stage: Stage, overlays: dict[str, Path]) -> None:
        building.configure_alone(stage, self.build_folder(stage), overlays, SANITIZERS, FLAGS, BATCH,
                                 self.folder / "judged")

    def prepare(self, stage: Stage) -> None:
        """Builds what every variant of a stage needs, while it is still the reference. One sandbox
        at a time and with all processors, so that the others find it in the compiler cache."""
        if stage.name in self._prepared:
            return
        with _preparing[stage.name]:
            good, printed = self.build(stage, ["workbook_pch", stage.library_target()], cores())
            if not good:
                raise Failure(f"the reference of {stage.name} does not compile:\n{printed}", code=1)
        self._prepared.add(stage.name)

    def program(self, stage: Stage, target: str) -> Path:
        return self.build_folder(stage) / "tests" / target


def lanes(count: int) -> int:
    """How many sandboxes so many items are worth."""
    return min(cores(), -(-count // SHARE))


def in_sandboxes(items: list[T], work: Callable[[Sandbox, T, int], R],
                 kind: type[Sandbox] = Sandbox) -> Iterator[R]:
    """work(sandbox, item, jobs) for each item, on all processors; the results in order."""
    if not items:
        return
    count = lanes(len(items))
    jobs = max(1, cores() // count)
    idle: SimpleQueue[Sandbox] = SimpleQueue()
    for i in range(count):
        idle.put(kind(i))

    def task(item: T) -> R:
        sandbox = idle.get()
        try:
            return work(sandbox, item, jobs)
        finally:
            idle.put(sandbox)

    with ThreadPoolExecutor(count) as pool:
        yield from pool.map(task, items)
