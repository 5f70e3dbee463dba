"""One process at a time uses a build folder.

Two that write the same overlay judge each other's files: what one has just written is compiled by the
other, and a wrong body may be remembered as right. A lock belongs to the open file and goes with the
process, however that ends [flock(2)]; a file that a crash has left locks nothing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .repository import ROOT, relative


@contextmanager
def held(name: str, root: Path = ROOT) -> Iterator[Path]:
    """build/<name>, for this process alone. Waits for another one that has it, and says so."""
    folder = root / "build" / name
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            print(f"{relative(folder, root)} is in use by another command"
                  f"{f' (process {holder})' if holder else ''}; waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield folder
