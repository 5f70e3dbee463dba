"""Runs the commands that the book shows, as a reader would type them.

    PYTHONPATH=.workbook python3 -m workbook.commands_check [--build FOLDER] [page.md ...]

Before each `sh` fence of a page stands what is to become of it, as one or more comment lines:

    <!-- run -->                              it must end with exit code 0
    <!-- run: expect "HTTP/1.1 200 OK" -->    ... and print this; may stand more than once
    <!-- run: exit 134 -->                    ... with this exit code instead
    <!-- run with: hello_server 8000 -->      this program serves meanwhile, on a free port that is put
                                              where the fence says 8000; it stays for the whole page
    <!-- run with: http.server 8000 -->       ... here Python's own, for a page that needs any server
    <!-- run: port 8077 -->                   a free port is put where the fence says 8077
    <!-- not run: it needs root -->           it is not run, and the page's readers may know why

and before a fence of any language:

    <!-- file: spin.py -->                    the fence is a file that later fences use

The commands of a page run one after the other, in a folder of their own in which everything at
the top of the workbook can be reached under its name; `build/release` there is the build that is
given. Pages run side by side. A fence without a marker is an error: a command that is never run will
be wrong one day.
"""

import argparse
import concurrent.futures
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .repository import ROOT, Failure, cores, relative
from .run import listening_address

LIMIT = 60  # seconds that the commands of one fence may take
SHELLS = {"bash", "shell", "console", "shellscript", "zsh"}  # a command stands in `sh`, else it hides

FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})\s*(?P<language>\w*)")
MARKER = re.compile(r"^ *<!-- (?P<text>(?:not run|run|file)\b.*?) -->\s*$")
EXPECT = re.compile(r'^expect "(?P<text>.+)"$')


class CommandError(Failure):
    """What is wrong at a line of a page."""

    def __init__(self, page: Path, line: int, message: str):
        super().__init__(f"{relative(page)}:{line}: {message}", code=1)


@dataclass
class Fence:
    """A fenced block of a page, and what the markers before it ask for."""

    page: Path
    line: int  # of its first mark, from 1
    language: str
    text: str = ""
    file: str | None = None  # to be saved under this name
    run: bool = False
    not_run: str | None = None  # the reason
    exit_code: int = 0
    expected: list[str] = field(default_factory=list)
    servers: list[tuple[str, str]] = field(default_factory=list)  # program, port as the page has it
    ports: list[str] = field(default_factory=list)  # ports of the page that any free one stands for

    def read_marker(self, text: str, line: int) -> None:
        word, _, rest = text.partition(":")
        rest = rest.strip()
        if word == "file" and re.fullmatch(r"[\w.-]+", rest):
            self.file = rest
        elif word == "not run" and rest:
            self.not_run = rest
        elif word == "run" and not rest:
            self.run = True
        elif word == "run" and EXPECT.match(rest):
            self.run = True
            self.expected.append(EXPECT.match(rest)["text"])
        elif word == "run" and re.fullmatch(r"exit \d+", rest):
            self.run = True
            self.exit_code = int(rest.split()[1])
        elif word == "run" and re.fullmatch(r"port \d+", rest):
            self.run = True
            self.ports.append(rest.split()[1])
        elif word == "run with" and re.fullmatch(r"[\w.]+ \d+", rest):
            self.run = True
            self.servers.append(tuple(rest.split()))
        else:
            raise CommandError(self.page, line, f"this marker is not understood: {text}")


def fences(page: Path) -> list[Fence]:
    """The fences of a page, in order, each with its markers read."""
    found: list[Fence] = []
    pending: list[tuple[int, str]] = []
    open_fence: tuple[str, str] | None = None
    body: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), start=1):
        mark = FENCE.match(line)
        if open_fence:
            marks, indent = open_fence
            if mark and mark["marks"].startswith(marks) and line.strip() == mark["marks"]:
                found[-1].text = "\n".join(body) + "\n"
                open_fence = None
            else:
                body.append(line.removeprefix(indent))
            continue
        if mark:
            fence = Fence(page, number, mark["language"])
            for at, text in pending:
                fence.read_marker(text, at)
            found.append(fence)
            pending, body, open_fence = [], [], (mark["marks"], mark["indent"])
        elif marker := MARKER.match(line):
            pending.append((number, marker["text"]))
        elif line.strip() and not line.strip().startswith("<!--") and pending:
            raise CommandError(page, pending[0][0], "no fence follows this marker")
    if open_fence:
        raise CommandError(page, found[-1].line, "this fence is never closed")
    if pending:
        raise CommandError(page, pending[0][0], "no fence follows this marker")
    return found


def check_markers(fence: Fence) -> None:
    """Every command has its marker, and only commands have one."""
    if fence.language in SHELLS:
        raise CommandError(fence.page, fence.line, f"`{fence.language}` is not run: write `sh`")
    if fence.language == "sh":
        if fence.run == (fence.not_run is not None) and fence.file is None:
            raise CommandError(fence.page, fence.line, "a command needs `<!-- run -->` or "
                               "`<!-- not run: reason -->` on the line before it")
    elif fence.run or fence.not_run:
        raise CommandError(fence.page, fence.line, "only a fence of the language `sh` is run")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Folder:
    """Where the commands of one page run, and the servers that run beside them."""

    def __init__(self, path: Path, build: Path):
        self.path = path
        self.build = build
        self.servers: dict[tuple[str, str], tuple[subprocess.Popen, str]] = {}
        for entry in ROOT.iterdir():
            if entry.name != "build":
                (path / entry.name).symlink_to(entry)
        (path / "build").mkdir()
        (path / "build" / "release").symlink_to(build)
        (path / "build" / "lab").symlink_to(ROOT / "build" / "lab")  # `./workbook lab` makes it

    def port_of(self, fence: Fence, program: str, shown: str) -> str:
        """The port on which the server really listens that the page shows on port `shown`."""
        if (program, shown) not in self.servers:
            port = str(free_port())
            if program == "http.server":
                command = [sys.executable, "-m", program, "--bind", "127.0.0.1", port]
            else:
                command = [str(self.build / "bin" / program), port]
                if not os.access(command[0], os.X_OK):
                    raise CommandError(fence.page, fence.line, f"there is no program {program}")
            with open(self.path / f".{program}.log", "wb") as log:
                server = processes.start(command, cwd=self.path, stdin=subprocess.DEVNULL,
                                         stdout=log, stderr=subprocess.STDOUT)
            self.servers[program, shown] = (server, port)
            self.wait_for(fence, program, server)
        return self.servers[program, shown][1]

    @staticmethod
    def wait_for(fence: Fence, program: str, server: subprocess.Popen) -> None:
        """Until it listens. It is not asked by connecting: that would be its first client."""
        for _ in range(1000):
            if listening_address(server.pid):
                return
            if server.poll() is not None:
                break
            time.sleep(0.01)
        raise CommandError(fence.page, fence.line, f"{program} does not listen")

    def close(self) -> None:
        for server, _ in self.servers.values():
            server.terminate()
        for server, _ in self.servers.values():
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def run_fence(fence: Fence, folder: Folder) -> None:
    text, expected = fence.text, list(fence.expected)
    for program, shown in [(None, port) for port in fence.ports] + fence.servers:
        if not re.search(rf"\b{shown}\b", text):
            raise CommandError(fence.page, fence.line, f"the command does not name port {shown}")
        port = folder.port_of(fence, program, shown) if program else str(free_port())
        text = re.sub(rf"\b{shown}\b", port, text)
        expected = [re.sub(rf"\b{shown}\b", port, one) for one in expected]

    # -e: the first command that fails is the one to tell of. A group of its own, and a file for what
    # it prints: whatever the commands leave running ends with them, and is not waited for.
    problem = None
    with tempfile.TemporaryFile() as said:
        process = processes.start(["bash", "-e", "-c", text], cwd=folder.path,
                                  stdin=subprocess.DEVNULL, stdout=said,
                                  stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(timeout=LIMIT)
            code = code if code >= 0 else 128 - code  # by a signal: as a shell says it
            if code != fence.exit_code:
                problem = f"exit code {code} instead of {fence.exit_code}"
        except subprocess.TimeoutExpired:
            problem = f"not done after {LIMIT} seconds"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        said.seek(0)
        output = said.read().decode(errors="replace")
    for want in expected:
        if problem is None and want not in output:
            problem = f"the output does not contain {want!r}"
    if problem:
        raise CommandError(fence.page, fence.line, f"{problem}\n--- the command\n{text}"
                           f"--- its output\n{output[-4000:]}")


@dataclass
class Report:
    page: Path
    ran: int = 0
    not_run: int = 0
    seconds: float = 0.0
    errors: list[CommandError] = field(default_factory=list)


def check_page(page: Path, build: Path | None) -> Report:
    """Runs the commands of a page; only looks at the markers if there is no build."""
    report = Report(page)
    begin = time.monotonic()
    try:
        found = fences(page)
        for fence in found:
            check_markers(fence)
        report.not_run = sum(fence.not_run is not None for fence in found)
        if build is not None and any(fence.run for fence in found):
            with tempfile.TemporaryDirectory(prefix="workbook-page-") as path:
                folder = Folder(Path(path), build)
                try:
                    for fence in found:
                        if fence.file:
                            (folder.path / fence.file).write_text(fence.text, encoding="utf-8")
                        if fence.run:
                            try:
                                run_fence(fence, folder)
                            except CommandError as error:
                                report.errors.append(error)
                            report.ran += 1
                finally:
                    folder.close()
    except CommandError as error:
        report.errors.append(error)
    report.seconds = time.monotonic() - begin
    return report


def pages_of_the_book() -> list[Path]:
    """Every page, in every language."""
    docs = ROOT / "docs"
    return sorted(docs.glob("*.md")) + sorted(docs.glob("[a-z][a-z]/*.md"))


def main(arguments: list[str] | None = None) -> int:
    """Prints a line for each page and what is wrong. Returns 0 if nothing is, else 1."""
    parser = argparse.ArgumentParser(prog="commands_check", description="runs the book's commands")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release",
                        help="the build whose programs the commands use (build/release)")
    parser.add_argument("--markers-only", action="store_true",
                        help="runs nothing: says only which commands have no marker")
    parser.add_argument("pages", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    build = None if options.markers_only else options.build.resolve()
    pages = [page.resolve() for page in options.pages] or pages_of_the_book()
    for page in pages:
        if not page.is_file():
            raise Failure(f"there is no page {relative(page)}")

    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(cores()) as pool:
        for report in pool.map(lambda page: check_page(page, build), pages):
            for error in report.errors:
                print(error, file=sys.stderr)
            wrong += len(report.errors)
            if report.ran or report.not_run:
                print(f"  {relative(report.page):32} {report.ran} run, {report.not_run} not run "
                      f"({report.seconds:.1f} s)", flush=True)
    if wrong:
        print(f"{wrong} commands of the book are wrong", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    processes.end_with_this_one()
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"commands_check: {failure}", file=sys.stderr)
        sys.exit(failure.code)
