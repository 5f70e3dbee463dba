"""A stage built from the reader's files alone: the last judgement of `check`, and `--all-mine`."""

import os
import re
import select
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import building, compiler_errors, gtests, processes
from .repository import Failure, Stage, cores
from .sandbox import FLAGS, FOLDER

TIME_LIMIT = 60  # seconds for each test, as ctest has it: here all of them run, side by side


@dataclass
class Whole:
    """What became of all tests of a stage."""

    passed: int = 0
    total: int = 0
    failed: list[gtests.Outcome] = field(default_factory=list)  # in the order of their names' files
    compiler: str = ""  # what the compiler said, if it was not content

    @property
    def good(self) -> bool:
        return self.total > 0 and self.passed == self.total


def folder_for(stage: Stage, overlays: dict[str, Path]) -> Path:
    kind = "all-mine" if len(overlays) > 1 else "whole"
    return FOLDER / f"{kind}-{stage.prefix}"


def log_of(stage: Stage, overlays: dict[str, Path], failed: list[gtests.Outcome]) -> Path:
    """Everything that the failing tests said, in a file."""
    log = folder_for(stage, overlays).with_suffix(".log")
    log.write_text("\n".join(f"==== {outcome.name} {outcome.verdict}\n{outcome.output}"
                             for outcome in failed), encoding="utf-8")
    return log


def judge(stage: Stage, overlays: dict[str, Path]) -> Whole:
    """Builds every test of a stage with these overlays, and runs them. Without sanitizers: each body was
    judged with them, and they take half of the time."""
    folder = folder_for(stage, overlays)
    building.configure_alone(stage, folder, overlays, "", FLAGS)
    program = folder / "tests" / stage.tests_target()
    program.unlink(missing_ok=True)  # what cannot be built now must not be judged by an older build
    good, printed = building.build_quietly(folder, [stage.tests_target()], cores(), keep_going=True)
    result = Whole()
    if not good:
        result.compiler = building.compiler_said(printed)
        return result
    tests = gtests.discover(stage, program)
    if isinstance(tests, gtests.Outcome):
        result.total, result.failed = 1, [tests]
        return result
    result.total = len(tests)
    result.failed = failing(tests)
    result.passed = result.total - len(result.failed)
    return result


def program(stage: Stage, overlays: dict[str, Path], name: str) -> Path:
    """Builds one program of a stage with these overlays, as `judge` builds its tests."""
    folder = folder_for(stage, overlays)
    building.configure_alone(stage, folder, overlays, "", FLAGS)
    good, printed = building.build_quietly(folder, [name], cores())
    if not good:
        files = [path for overlay in overlays.values() for path in overlay.rglob("*.?pp")]
        told = compiler_errors.first(building.compiler_said(printed), files)
        raise Failure("\n".join([f"{name} does not compile with your files:", *told]), code=1)
    return folder / "bin" / name


def failing(tests: list[gtests.Test]) -> list[gtests.Outcome]:
    """The tests that fail. A suite is one process, for with sanitizers a process takes a tenth of a
    second to start; if it fails, each of its tests tells for itself."""

    suites = gtests.by_suite(tests)

    def of_suite(suite: gtests.Test) -> list[gtests.Outcome]:
        whole = gtests.run(suite, 5 * TIME_LIMIT)
        if whole.passed:
            return []
        alone = [gtests.run(test, TIME_LIMIT) for test in suites[suite]]
        return [outcome for outcome in alone if not outcome.passed] or [whole]

    with ThreadPoolExecutor(cores()) as pool:
        return [outcome for some in pool.map(of_suite, suites) for outcome in some]


def serve(program: Path) -> tuple[subprocess.Popen, str]:
    """Starts a server on a free port; the process and its URL."""
    server = processes.start([str(program), "0"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = b""
    deadline = time.monotonic() + TIME_LIMIT
    while time.monotonic() < deadline and server.stdout is not None:
        if select.select([server.stdout], [], [], 0.1)[0]:
            part = os.read(server.stdout.fileno(), 4096)
            output += part
            said = re.search(rb"listening on (127\.0\.0\.1:\d+)\n", output)
            if said:
                return server, f"http://{said[1].decode()}/"
            if not part:
                break
    server.kill()
    server.wait()
    raise Failure(f"{program.name} does not print where it listens. It printed:\n"
                  f"{output.decode(errors='replace')}", code=1)


def ask(*words: str, data: bytes | None = None) -> bytes:
    """What curl answers, or why it does not."""
    done = processes.run(["curl", "-sS", "--max-time", str(TIME_LIMIT), *words], input=data or b"",
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise Failure(f"curl ended with {done.returncode}: {done.stderr.decode(errors='replace')}",
                      code=1)
    return done.stdout


def curl(stage: Stage, overlays: dict[str, Path]) -> str:
    """The servers of stage 04, built from the reader's files, answer curl. What was asked of them;
    Failure if an answer is not the right one."""
    if not building.has("curl"):
        raise Failure("the servers are tried with curl, which is not installed: apt-get install curl", code=1)
    folder = folder_for(stage, overlays)
    good, printed = building.build_quietly(folder, ["hello_server", "echo_server"], cores())
    if not good:
        raise Failure(f"the servers do not compile:\n{building.compiler_said(printed)}", code=1)
    upload = bytes(range(256)) * 8192  # 2 MiB, for which curl asks for 100 Continue first
    for name, words, data, right in (
            ("hello_server", [], None, b"Hello! I am an epoll server."),
            ("echo_server", ["-d", "name=WasmEdge", "-X", "POST"], None, b"name=WasmEdge"),
            ("echo_server", ["--data-binary", "@-"], upload, upload)):
        server, url = serve(folder / "bin" / name)
        try:
            answer = ask(*words, url, data=data)
            if answer != right:
                raise Failure(f"curl {' '.join(words)} {url}: {len(answer)} bytes that are not the "
                              f"answer of {name}: {answer[:200]!r}", code=1)
            server.send_signal(signal.SIGTERM)
            code = server.wait(timeout=TIME_LIMIT)
            if code != 0:
                raise Failure(f"{name} ends with {code} after SIGTERM", code=1)
        except subprocess.TimeoutExpired:
            raise Failure(f"{name} does not end after SIGTERM", code=1) from None
        finally:
            server.kill()
            server.wait()
    return "curl: hello_server greets, echo_server sends back a form and 2 MiB, both exit cleanly"
