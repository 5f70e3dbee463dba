"""Runs the tests of GoogleTest programs, each in a process of its own and with a time limit.

ctest does the same; this is for the commands that must know more than pass or fail (what a test
said, whether it crashed or hung), or that set a limit of their own. The names are those of ctest.
"""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import processes
from .repository import Stage


@dataclass(frozen=True)
class Test:
    name: str  # as ctest calls it: 02.Poll.adding_twice_is_eexist
    filter: str  # as GoogleTest calls it: Poll.adding_twice_is_eexist
    program: Path


@dataclass(frozen=True)
class Outcome:
    name: str
    verdict: str  # "passed", "failed" (an expectation), "crashed", "hung" or "unwritten"
    output: str

    @property
    def passed(self) -> bool:
        return self.verdict == "passed"


def listed(text: str, prefix: str, program: Path) -> list[Test]:
    """The tests that `--gtest_list_tests` prints. Values of parameters go into the name, as
    gtest_discover_tests puts them there."""
    tests = []
    suite = shown = kind = ""
    for line in text.splitlines():
        head, _, comment = line.partition("#")
        if not line.startswith(" "):
            if not head.rstrip().endswith("."):
                continue  # "Running main() from ..."
            suite = head.rstrip().removesuffix(".")
            type_of = re.search(r"TypeParam = (.*)", comment)
            shown = suite.split("/")[0] if type_of else suite
            kind = f"<{type_of[1]}>" if type_of else ""
        else:
            test = head.strip()
            value = re.search(r"GetParam\(\) = (.*)", comment)
            pretty = re.sub(r"/\d+$", f"/{value[1]}", test) if value else test
            tests.append(Test(f"{prefix}.{shown}.{pretty}{kind}", f"{suite}.{test}", program))
    return tests


# What `sys::todo` throws. In a function that may throw nothing, or in a coroutine, it ends the process.
NOT_WRITTEN = re.compile(r"(exercise \d+\.\d+ \([^)\n]*\)|\w+\.[\w.]*\S*( \S+)?) is not written yet")


def execute(command: list[str], limit: float, folder: Path,
            environment: dict[str, str] | None = None,
            look: Callable[[int], list[str]] | None = None) -> tuple[int | None, str]:
    """Exit code (None after the time limit) and output. Ends all the processes it started. `look` is
    called with the number of a process that hangs; the lines that it returns come before the output."""
    process = processes.start(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True)
    code: int | None = None
    seen: list[str] = []
    try:
        output, _ = process.communicate(timeout=limit)
        code = process.returncode
    except subprocess.TimeoutExpired:
        if look:
            seen = look(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    # A child that gave up its output long ago may still run.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return code, "\n".join([*seen, output.decode("utf-8", errors="replace")])


def discover(stage: Stage, program: Path) -> list[Test] | Outcome:
    """The tests of a program; or, if it cannot even list them, what went wrong."""
    code, output = execute([str(program), "--gtest_list_tests"], 30, program.parent)
    if code != 0:
        name = f"{stage.prefix}.{program.name.partition('_')[2]}"
        verdict = ("unwritten" if NOT_WRITTEN.search(output) else
                   "hung" if code is None else "crashed")
        return Outcome(f"{name} (before its first test)", verdict, output)
    return listed(output, stage.prefix, program)


def run(test: Test, limit: float, environment: dict[str, str] | None = None,
        look: Callable[[int], list[str]] | None = None, flags: tuple[str, ...] = ()) -> Outcome:
    code, output = execute([str(test.program), f"--gtest_filter={test.filter}", "--gtest_brief=1", *flags],
                           limit, test.program.parent, environment, look)
    if code == 0:
        verdict = "passed"
    elif NOT_WRITTEN.search(output):
        verdict = "unwritten"
    elif code is None:
        verdict = "hung"
    elif code == 1 and "[  FAILED  ]" in output:
        verdict = "failed"
    else:
        verdict = "crashed"
    return Outcome(test.name, verdict, output)


def by_suite(tests: list[Test]) -> dict[Test, list[Test]]:
    """The suites of these tests, each to be run in one process, and the tests of each."""
    suites: dict[Test, list[Test]] = {}
    for test in tests:
        suite = Test(test.name.rpartition(".")[0], f"{test.filter.rpartition('.')[0]}.*", test.program)
        suites.setdefault(suite, []).append(test)
    return suites


TEST = re.compile(r"^(?:TYPED_|ASYNC_)?TEST(?:_(?:F|P|EACH))?\(\s*(\w+),\s*(\w+)\b", re.MULTILINE)


def sources(stage: Stage) -> dict[str, Path]:
    """The file of each test "Suite.sentence" of a stage, as it is written there. Nothing is built for this."""
    return {f"{suite}.{name}": file for file in sorted(stage.folder.glob("tests/*_test.cpp"))
            for suite, name in TEST.findall(file.read_text(encoding="utf-8"))}


_sources_once = cache(sources)  # for commands in which no source of a test changes


def declared_in(stage: Stage, name: str) -> Path | None:
    """The test file that declares a test, by its ctest name."""
    match = re.fullmatch(r"\d\d\.(?:[^.]*/)?(\w+?)(?:/\d+)?\.(\w+)(?:/.*|<.*)?", name)
    return _sources_once(stage).get(f"{match[1]}.{match[2]}") if match else None
