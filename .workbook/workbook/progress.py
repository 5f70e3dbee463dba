"""What `check` shows while it builds: how far it is, and how long a build of this kind took the last time.

On a terminal it is one line, rewritten twice a second; elsewhere a line at the beginning, and one more
for every half minute. The times are kept beside the builds, in build/yours/times.json.
"""

import json
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from . import building
from .repository import write_whole
from .sandbox import FOLDER

STEP = re.compile(r"^\[(\d+)/(\d+)\] ")  # how ninja begins a line
REWRITTEN = 0.5  # seconds, on a terminal
RARELY = 30.0

_remembering = threading.Lock()


def times(file: Path) -> dict[str, float]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def remember(kind: str, seconds: float, folder: Path = FOLDER) -> None:
    with _remembering:
        known = times(folder / "times.json")
        known[kind] = round(seconds, 1)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "times.json", json.dumps(known))


def expected(kinds: Iterable[str], lanes: int, folder: Path = FOLDER) -> float | None:
    """How long builds of these kinds take, on so many lanes; None if one of them was never timed."""
    known = times(folder / "times.json")
    every = [known.get(kind) for kind in kinds]
    return None if None in every else sum(every) / lanes  # type: ignore[arg-type]


class Progress:
    """One thing that takes a while. `total`: of how many judgements it consists."""

    def __init__(self, what: str, seconds: float | None, total: int = 0, out: TextIO | None = None):
        self.what = what
        self.seconds = seconds
        self.total = total
        self.done = 0
        self.step = ""  # of the build that spoke last
        self.out = out or sys.stdout
        self.begin = time.monotonic()

    def built(self, line: str) -> None:
        """A line of a build's output."""
        step = STEP.match(line)
        if step:
            self.step = f"step {step[1]} of {step[2]}"

    def line(self) -> str:
        parts = [f"{self.done} of {self.total} judged"] if self.total > 1 else []
        parts += [self.step] if self.step else []
        parts.append(f"{time.monotonic() - self.begin:.0f} s")
        return f"{self.what}: {', '.join(parts)} ({self.forecast()})"

    def forecast(self) -> str:
        if self.seconds is None:
            return "not timed yet; a first build may take a minute or two"
        return f"took {max(1, round(self.seconds))} s the last time"

    def show(self, ended: threading.Event) -> None:
        """Until it has ended."""
        if not self.out.isatty():
            print(f"{self.what} ... ({self.forecast()})", file=self.out, flush=True)
            while not ended.wait(RARELY):
                print(f"  {self.line().rpartition(' (')[0]}", file=self.out, flush=True)
            return
        while True:
            width = shutil.get_terminal_size().columns - 1
            self.out.write(f"\r{self.line()[:width]}\x1b[K")
            self.out.flush()
            if ended.wait(REWRITTEN):
                break
        self.out.write("\r\x1b[K")
        self.out.flush()


@contextmanager
def shown(progress: Progress) -> Iterator[Progress]:
    ended = threading.Event()
    thread = threading.Thread(target=progress.show, args=(ended,), daemon=True)
    building.watchers.append(progress.built)
    thread.start()
    try:
        yield progress
    finally:
        building.watchers.remove(progress.built)
        ended.set()
        thread.join()
