"""cmake, ninja and ctest, as the commands need them.

What these programs print goes to the reader as it is: a compiler error is a compiler error. But what
is the machine's trouble and no fault of any source, a full disk or a compiler that was ended for want
of memory, ends the command with a sentence: it must never be told, or remembered, as a verdict.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import processes
from .repository import ROOT, Failure, Stage, cores

NO_SPACE = re.compile(r": (No space left on device|Disk quota exceeded)$", re.MULTILINE)
NO_MEMORY = re.compile(r"Killed signal terminated program|virtual memory exhausted|"
                       r"^(cc1plus|collect2|ld|clang\S*): .*(out of memory|memory exhausted)",
                       re.MULTILINE)
ODD = re.compile(r'[][;"\\|\n]|\$[({]')
ENOUGH = 1 << 20  # bytes; with less than that free, a failure is put down to the lack of space
watchers: list[Callable[[str], None]] = []  # are given each line that a build step prints, as it comes
SCARCE = 64 << 20  # with less, the disk may well be the reason: a compiler deletes what it cannot end


def free_space() -> int:
    """How many bytes the build folder may still grow by; 0 if it may have no further file."""
    try:
        free = os.statvfs(ROOT / "build")
    except OSError:
        return sys.maxsize
    return 0 if free.f_files > 0 and free.f_favail == 0 else free.f_bavail * free.f_frsize


def machine_trouble(printed: str) -> str:
    """What the machine lacked for a build that failed; empty if the build is to blame."""
    if free_space() < ENOUGH or NO_SPACE.search(printed):
        return (f"there is no space left on the disk. Everything in {ROOT / 'build'} can be deleted: "
                "it is made again when it is needed.")
    if NO_MEMORY.search(printed):
        return ("there was not enough memory for the compiler. Fewer compilers at a time need "
                "less: put `taskset -c 0` before the command.")
    return ""


def refuse_odd_folder(folder: Path = ROOT) -> None:
    """CMake reads `;` as the end of an element of a list, and quotes none of the others everywhere."""
    odd = ODD.search(str(folder))
    if odd:
        raise Failure(f"CMake cannot build in a folder whose name holds {odd[0]!r}, as {folder} does. "
                      "Give it another name.", code=1)


def said_by(command: list[str], folder: Path = ROOT) -> tuple[bool, str]:
    """Runs a build step in silence; whether it succeeded, and everything that it printed."""
    lines = []
    with processes.start(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        try:
            for line in process.stdout or ():
                lines.append(line)
                for watcher in watchers:
                    watcher(line)
        except BaseException:
            process.kill()
            raise
    printed = "".join(lines)
    if process.returncode != 0:
        trouble = machine_trouble(printed)
        if trouble:
            raise Failure(trouble, code=1)
    return process.returncode == 0, printed


def step(*command: str) -> None:
    """Runs a build step; if it fails, so does the command, and little more need be said."""
    code = processes.run(list(command), cwd=ROOT).returncode
    if code != 0:
        why = machine_trouble("")
        if not why and free_space() < SCARCE:
            why = f"there may be too little space: {free_space() >> 20} MiB are left on the disk"
        raise Failure("\n".join(filter(None, [f"failed: {' '.join(command)}", why])), code=1)


def configure(preset: str) -> Path:
    """Configures a preset of CMakePresets.json. Returns its build folder.

    The report of a configuration is dull when it succeeds, so it is shown only if it does not.
    """
    refuse_odd_folder()
    good, printed = said_by(["cmake", "--preset", preset])
    if not good:
        sys.stderr.write(printed)
        raise Failure(f"failed: cmake --preset {preset}", code=1)
    return ROOT / "build" / preset


def build(preset: str, targets: list[str]) -> None:
    """Builds these targets of a preset, or everything if there are none."""
    command = ["cmake", "--build", "--preset", preset, "-j", str(cores())]
    if targets:
        command += ["--target", *targets]
    step(*command)


def ctest(preset: str, *arguments: str) -> int:
    """Runs the tests of a preset, and ends with ctest's own closing lines. Returns its exit code."""
    sys.stdout.flush()
    side_by_side = cores() + 1  # some suites wait for most of their time
    command = ["ctest", "--preset", preset, "-j", str(side_by_side), *arguments]
    return processes.run(command, cwd=ROOT).returncode


def configure_project(what: str, source: Path, folder: Path, overlays: dict[str, Path],
                      sanitizers: str, flags: str, batch: int | None = None,
                      judged: Path | None = None, more: tuple[str, ...] = ()) -> None:
    """Configures a project with overlays, which are by the name of the stage. `batch`: so many files
    in one compilation; None: as many as common.cmake takes, which is quick for the whole, and slow after
    a change of one file; 0: each alone. `judged`: where the tests find headers that the library does not.
    `more`: arguments for CMake."""
    refuse_odd_folder()
    command = ["cmake", "-G", "Ninja", "-S", str(source), "-B", str(folder),
               "-D", "CMAKE_BUILD_TYPE=Debug", "-D", f"CMAKE_CXX_FLAGS_DEBUG={flags}",
               "-D", f"WORKBOOK_SANITIZE={sanitizers}"]
    if batch is not None:
        command += ["-D", f"CMAKE_UNITY_BUILD={'ON' if batch else 'OFF'}",
                    "-D", f"CMAKE_UNITY_BUILD_BATCH_SIZE={batch}"]
    if overlays:
        command.append(f"-DCMAKE_PROJECT_TOP_LEVEL_INCLUDES={ROOT}/.workbook/cmake/overlay.cmake")
    command += [f"-DWORKBOOK_OVERLAY_{name}={overlay}" for name, overlay in overlays.items()]
    if judged:
        command.append(f"-DWORKBOOK_JUDGED={judged}")
    command += more
    good, printed = said_by(command)
    if not good:
        raise Failure(f"{what} cannot be configured:\n{printed}", code=1)


def configure_alone(stage: Stage, folder: Path, overlays: dict[str, Path], sanitizers: str,
                    flags: str, batch: int | None = None, judged: Path | None = None) -> None:
    """Configures one stage as a project of its own."""
    configure_project(stage.name, stage.folder, folder, overlays, sanitizers, flags, batch, judged)


def build_quietly(folder: Path, targets: list[str], jobs: int,
                  keep_going: bool = False) -> tuple[bool, str]:
    """Builds targets; whether that succeeds, and everything that was printed."""
    command = ["cmake", "--build", str(folder), "-j", str(jobs), "--target", *targets]
    if keep_going:
        command += ["--", "-k", "0"]
    return said_by(command)


def compiler_said(printed: str) -> str:
    """What the compiler and the linker printed, whole, without the lines of ninja around it."""
    lines = []
    command_follows = False
    for line in printed.split("\n"):
        if line.startswith("FAILED: "):
            command_follows = True
        elif command_follows:
            command_follows = False
        elif not (line.startswith("ninja: ") or line.startswith("[")):
            lines.append(line)
    return "\n".join(lines).strip("\n")


def has(program: str) -> bool:
    return shutil.which(program) is not None
