"""cmake, ninja and ctest, as the commands need them.

What these programs print goes to the reader as it is: a compiler error is a compiler error.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from .repository import ROOT, Failure, cores


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


def has(program: str) -> bool:
    return shutil.which(program) is not None
