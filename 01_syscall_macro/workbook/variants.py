"""Variants of the reference: the same stages, with some bodies exchanged.

A `Workshop` is a place to build them in. It holds an overlay for each stage, with a copy of every
file that has exercises, and a build folder for each stage that is compiled against these overlays.
Both stay where they are from one variant to the next, so a variant costs one compilation and one
link. A workshop is used by one thread at a time; several stand side by side.

What keeps a variant from spoiling the next: `variant(...)` puts the reference back when it ends,
however it ends, and a file that is put back is newer than what was built from the variant.
"""

import contextlib
import os
import re
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from . import regions
from .regions import Region
from .repository import ROOT, Failure, Stage, cores, stages

T = TypeVar("T")
R = TypeVar("R")

# With these, the compiler cache takes the same file in two workshops for one.
CACHE = {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"}

_preparing: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)


def splice(text: str, region: Region, body: str, origin: Path, line: int) -> str:
    """The text with another body for a region. The compiler is told where the body comes from, and
    where the rest does, so that its messages name the line that somebody wrote."""
    lines = text.split("\n")
    lines[region.start + 1:region.end] = [
        f'#line {line} "{origin}"', *body.split("\n"), f'#line {region.end + 1} "{region.file}"']
    return "\n".join(lines)


def write_if_changed(file: Path, text: str) -> None:
    """A file that is written again looks new to ninja, even if nothing in it has changed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


class Workshop:
    def __init__(self, folder: Path, sanitizers: str = "address,undefined", root: Path = ROOT):
        self.folder = folder
        self.sanitizers = sanitizers
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

    def _lay_reference(self) -> None:
        wanted = set()
        for stage in self.stages:
            self.overlay(stage).mkdir(parents=True, exist_ok=True)
            for file in {region.file for region in regions.exercises(stage)}:
                self.reference[file] = file.read_text(encoding="utf-8")
                write_if_changed(self.copy_of(file), self.reference[file])
                wanted.add(self.copy_of(file))
            for held in self.overlay(stage).rglob("*.?pp"):
                if held not in wanted:
                    held.unlink()

    @contextlib.contextmanager
    def variant(self, file: Path, text: str) -> Iterator[None]:
        """Within this scope, `text` stands for a file of the reference."""
        copy = self.copy_of(file)
        copy.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            copy.write_text(self.reference[file], encoding="utf-8")

    def _configure(self, stage: Stage) -> Path:
        folder = self.folder / "build" / stage.prefix
        if stage.name not in self._configured:
            command = ["cmake", "-G", "Ninja", "-S", str(stage.folder), "-B", str(folder),
                       "-D", "CMAKE_BUILD_TYPE=Debug", "-D", "CMAKE_CXX_FLAGS_DEBUG=-O0",
                       "-D", f"WORKBOOK_SANITIZE={self.sanitizers}"]
            for earlier in self.stages:
                if earlier.number <= stage.number:
                    command += ["-D", f"WORKBOOK_OVERLAY_{earlier.name}={self.overlay(earlier)}"]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                raise Failure(f"{stage.name} cannot be configured:\n{done.stdout}", code=1)
            self._configured.add(stage.name)
        return folder

    def build(self, stage: Stage, targets: list[str], jobs: int) -> str | None:
        """Builds targets of a stage. None if that succeeds, else what the compiler said."""
        folder = self._configure(stage)
        done = subprocess.run(["cmake", "--build", str(folder), "-j", str(jobs), "--target",
                               *targets], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=os.environ | CACHE)
        return None if done.returncode == 0 else done.stdout

    def prepare(self, stage: Stage) -> None:
        """Builds what every variant of a stage needs, while it is still the reference. One workshop
        at a time and with all processors, so that the others find it in the compiler cache."""
        if stage.name in self._prepared:
            return
        with _preparing[(stage.name, self.sanitizers)]:
            recipe = (stage.folder / "CMakeLists.txt").read_text(encoding="utf-8")
            library = re.search(r"^workbook_library\((\w+)", recipe, re.MULTILINE)
            targets = ["workbook_pch"] + ([f"workbook_{library[1]}"] if library else [])
            said = self.build(stage, targets, cores())
            if said is not None:
                raise Failure(f"the reference of {stage.name} does not compile:\n{said}", code=1)
        self._prepared.add(stage.name)

    def program(self, stage: Stage, target: str) -> Path:
        return self.folder / "build" / stage.prefix / "tests" / target


def in_workshops(folder: Path, items: list[T], work: Callable[[Workshop, T, int], R],
                 sanitizers: str = "address,undefined") -> Iterator[R]:
    """work(workshop, item, jobs) for each item, on all processors; the results in order."""
    if not items:
        return
    count = min(cores(), len(items))
    jobs = max(1, cores() // count)
    idle: SimpleQueue[Workshop] = SimpleQueue()
    for i in range(count):
        idle.put(Workshop(folder / str(i), sanitizers))

    def task(item: T) -> R:
        workshop = idle.get()
        try:
            return work(workshop, item, jobs)
        finally:
            idle.put(workshop)

    with ThreadPoolExecutor(count) as pool:
        yield from pool.map(task, items)
