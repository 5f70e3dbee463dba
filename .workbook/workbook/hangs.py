"""Where a test hangs: what its process was doing when the time limit ended it.

gdb shows the stack, if it is installed and may attach. Otherwise /proc says at least whether the process
waits in the kernel, or computes.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .building import has
from .repository import ROOT, relative

PATIENCE = 20  # seconds for gdb, which reads all symbols of a program first
SHOWN = 4  # frames of a thread
LOOKED_AT = 3  # processes: the test's own, and children of it
GDB = ("gdb", "-nx", "-batch", "-iex", "set auto-load off", "-iex", "set debuginfod enabled off",
       "-ex", "set width 0", "-ex", "set print frame-arguments none", "-ex", "thread apply all bt 60")
FRAME = re.compile(r"^#\d+\s+(?:0x[0-9a-f]+ in )?(?P<name>.+?) \(.*\) at (?P<file>/?[^:]+):(?P<line>\d+)$")
COPY = re.compile(r"build/yours/(?:\d+/(?:overlay|judged)/)")  # where a sandbox holds the reference


@dataclass(frozen=True)
class Frame:
    name: str
    place: str

    @property
    def is_yours(self) -> bool:
        return "/yours/" in self.place and not self.place.startswith("build/")

    @property
    def is_ours(self) -> bool:
        """Of this workbook, and not of GoogleTest or the standard library."""
        return re.match(r"0\d_", self.place) is not None

    def __str__(self) -> str:
        return f"{self.place}  {self.name}"


def frames(printed: str) -> list[list[Frame]]:
    """The stacks that gdb printed, one for each thread, the innermost frame first."""
    threads: list[list[Frame]] = [[]]
    for line in printed.splitlines():
        if line.startswith("Thread "):
            threads.append([])
        found = FRAME.match(line)
        if found:
            file = os.path.normpath(os.path.join(ROOT, found["file"]))
            place = COPY.sub("", relative(Path(file)))
            threads[-1].append(Frame(found["name"], f"{place}:{found['line']}"))
    return [thread for thread in threads if thread]


def chosen(threads: list[list[Frame]]) -> list[str]:
    """What a reader wants to know of these stacks."""
    own = [frame for thread in threads for frame in [f for f in thread if f.is_yours][:SHOWN]]
    if own:
        return ["It hangs here, the innermost call first:", *(f"  {frame}" for frame in own)]
    ours = [[f for f in thread if f.is_ours][:SHOWN] for thread in threads]
    first = next((some for some in ours if some), [])
    if first:
        return ["It hangs outside of your files, the innermost call first:", *(f"  {frame}" for frame in first)]
    return []


def from_proc(pid: int) -> list[str]:
    """What the kernel says of a process [proc_pid_status(5), proc_pid_wchan(5)]."""
    try:
        state = re.search(r"^State:\s+(\S)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        wchan = Path(f"/proc/{pid}/wchan").read_text().strip()
    except OSError:
        return []
    if state and state[1] == "R":
        return ["The process was computing: a loop that does not end."]
    inside = f", in {wchan}" if wchan not in ("", "0") else ""
    return [f"The process was waiting in the kernel{inside}: for an event that does not come."]


def stack(pid: int) -> list[str]:
    """Lines that say where a process hangs. It must still run."""
    if not has("gdb"):
        return [*from_proc(pid), "gdb would show the line: apt-get install gdb, and check once more."]
    printed = ""
    for one in [pid, *processes.descendants(pid)][:LOOKED_AT]:
        with processes.start([*GDB, "-p", str(one)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace") as gdb:
            try:
                printed, _ = gdb.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                gdb.kill()
                continue
        found = chosen(frames(printed))
        if found:
            return found
    refused = "ptrace: Operation not permitted" in printed
    why = " gdb may not attach: see /proc/sys/kernel/yama/ptrace_scope in ptrace(2)." if refused else ""
    return [line + why for line in from_proc(pid)]
