"""cmake, ninja and ctest, as the commands need them.

What these programs print goes to the reader as it is: a compiler error is a compiler error.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from .repository import ROOT, Failure, Stage, cores


def step(*command: str) -> None:
    """Runs a build step; if it fails, so does the command, and nothing more need be said."""
    try:
        code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
    except FileNotFoundError:
        raise Failure(f"{command[0]} is not installed", code=1) from None
    if code != 0:
        raise Failure(f"failed: {' '.join(command)}", code=1)


def configure(preset: str) -> Path:
    """Configures a preset of CMakePresets.json. Returns its build folder.

    The report of a configuration is dull when it succeeds, so it is shown only if it does not.
    """
    done = subprocess.run(["cmake", "--preset", preset], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
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
    command = ["ctest", "--preset", preset, "-j", str(cores()), *arguments]
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode


def configure_alone(stage: Stage, folder: Path, overlays: dict[str, Path], sanitizers: str,
                    flags: str) -> None:
    """Configures one stage as a project of its own. `overlays` is by the name of the stage."""
    command = ["cmake", "-G", "Ninja", "-S", str(stage.folder), "-B", str(folder),
               "-D", "CMAKE_BUILD_TYPE=Debug", "-D", f"CMAKE_CXX_FLAGS_DEBUG={flags}",
               "-D", f"WORKBOOK_SANITIZE={sanitizers}"]
    command += [f"-DWORKBOOK_OVERLAY_{name}={overlay}" for name, overlay in overlays.items()]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failure(f"{stage.name} cannot be configured:\n{done.stdout}", code=1)


def build_quietly(folder: Path, targets: list[str], jobs: int,
                  keep_going: bool = False) -> tuple[bool, str]:
    """Builds targets; whether that succeeds, and everything that was printed."""
    command = ["cmake", "--build", str(folder), "-j", str(jobs), "--target", *targets]
    if keep_going:
        command += ["--", "-k", "0"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


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
