"""Does the program of each milestone run on the exercises up to it, and on no other?

    PYTHONPATH=.workbook python3 -m workbook.milestones_check

For each milestone all exercises of its step after it are made blank: the program must do what its row
below says. Then the milestone's own exercise is made blank, too, and the program must not: so the number
in the chapter's table is the right one. It uses the build of `holes` and `mistakes`.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from . import milestones, processes
from .holes import all_holes
from .milestones import Milestone
from .mistakes import SANITIZERS
from .mutant_builds import Schemata
from .proofs import mutant_builds
from .repository import Failure, cores, stages

LIMIT = 20  # seconds


def printed(*words: str, given: str = "", says: str) -> Callable[[list[str], dict[str, str]], str]:
    """A program that is given this input, ends, and prints this among others. What it printed otherwise."""

    def run(command: list[str], environment: dict[str, str]) -> str:
        process = processes.start([*command, *words], env=environment, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(given.encode(), timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        text = output.decode(errors="replace").replace("\r", "")
        return "" if process.returncode == 0 and says in text else text or "nothing"

    return run


@contextmanager
def serving(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """A server on a free port, ended with the scope."""
    process = processes.start([*command, "0"], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def port_of(process: subprocess.Popen) -> int:
    """The port that a server prints in its first line; ValueError if it prints none."""
    return int(read_until(process, b"\n").rpartition(b":")[2])


def answers(sent: bytes, says: bytes, ends: bool = False) -> Callable[[list[str], dict[str, str]], str]:
    """A server that sends a client this answer. `ends`: with status 0 after SIGTERM; else it is ended."""

    def run(command: list[str], environment: dict[str, str]) -> str:
        with serving(command, environment) as process:
            output = read_until(process, b"\n")
            at = output.rpartition(b"127.0.0.1:")[2].split()
            if not at or not at[0].isdigit():
                return output.decode(errors="replace")
            got = talk(int(at[0]), sent, says)
            if says not in got:
                return f"{got!r}, and printed {read_until(process, b'not written yet').decode(errors='replace')}"
            if not ends:
                return ""
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                return "no end after SIGTERM"
            return f"exit code {code}" if code else ""

    return run


def hears(sent: bytes, says: bytes) -> Callable[[list[str], dict[str, str]], str]:
    """A server that prints this when a client has sent that, and ended."""

    def run(command: list[str], environment: dict[str, str]) -> str:
        try:
            with serving(command, environment) as process:
                with socket.create_connection(("127.0.0.1", port_of(process)), timeout=LIMIT) as client:
                    client.sendall(sent)
                    client.shutdown(socket.SHUT_WR)
                    output = read_until(process, says)
            return "" if says in output else output.decode(errors="replace") or "nothing"
        except (OSError, ValueError) as error:
            return str(error)

    return run


def passes_on(sent: bytes, says: bytes) -> Callable[[list[str], dict[str, str]], str]:
    """A server that sends a client what another one says."""

    def run(command: list[str], environment: dict[str, str]) -> str:
        try:
            with serving(command, environment) as process:
                port = port_of(process)
                with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as listening, \
                        socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as speaking:
                    speaking.sendall(sent)
                    got = listening.recv(4096)
            return "" if got == says else f"{got!r}"
        except (OSError, ValueError) as error:
            return str(error)

    return run


def read_until(process: subprocess.Popen, wanted: bytes) -> bytes:
    """What a process prints up to this, to its end, or to the time limit."""
    output = b""
    deadline = time.monotonic() + LIMIT
    while wanted not in output and process.stdout and time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.1)[0]:
            part = os.read(process.stdout.fileno(), 4096)
            if not part:
                break
            output += part
    return output


def talk(port: int, sent: bytes, says: bytes) -> bytes:
    got = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            client.sendall(sent)
            while says not in got:
                part = client.recv(4096)
                if not part:
                    break
                got += part
    except OSError as error:
        got += f" ({error})".encode()
    return got


GET = b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
PROOFS = {
    "copy_input": printed(given="one\ntwo\n", says="one\ntwo\nsignals that came"),
    "count_calls": printed(says="the job fails: No space left on device\ndescriptors left open: 0"),
    "echo_loop": answers(b"hello\n", b"hello\n"),
    "echo_clients": answers(b"hello\n", b"slot 0, tenant 1: hello\n"),
    "shout": printed("one", "door", says="ONE DOOR\n"),
    "print_server": hears(b"hello\n", b"hello\n"),
    "show_head": printed(given="GET /a HTTP/1.1\r\nHost: b\r\n\r\n", says="GET  /a  HTTP/1.1\n  Host = b\n"),
    "parse_request": printed(given="POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                             says="body        5 bytes  hello"),
    "serve_requests": answers(GET, b"You have asked for /a\n"),
    "alarms": printed("30", "10", "-20", says="10 rings"),
    "loop_clock": printed(given="\n", says="Enter"),
    "hello_server": answers(GET.replace(b"/a", b"/"), b"Hello! I am an epoll server.", ends=True),
    "countdown": printed(says="slow is done\n"),
    "echo_tasks": hears(b"stop\n", b"served 1 clients"),
    "async_echo_server": answers(b"hello\n", b"hello\n", ends=True),
    "chat_server": passes_on(b"hello\n", b"#2: hello\n"),
}


def prove(built: Schemata, milestone: Milestone) -> str:
    """What is wrong with a milestone; empty if nothing is."""
    program = milestone.words[0]
    holes = [hole for hole in all_holes() if hole.stage == milestone.stage]
    after = milestones.order(milestone.after)
    command = [str(built.folder / "build" / "bin" / program)]
    run = PROOFS[program]
    fault = run(command, built.chosen(*[hole for hole in holes if hole.region.order > after]))
    if fault:
        return f"with all later exercises blank it does not do its work: {fault[-1500:]}"
    if not run(command, built.chosen(*[hole for hole in holes if hole.region.order >= after])):
        return f"it does not need {milestone.after}: it works with that one blank, too"
    return ""


def main() -> int:
    every = [milestone for stage in stages() for milestone in milestones.of(stage)]
    unknown = [milestone.words[0] for milestone in every if milestone.words[0] not in PROOFS]
    if unknown or not every:
        raise Failure(f"milestones_check.py has no proof for {', '.join(unknown) or 'anything'}", code=1)
    with mutant_builds(SANITIZERS[0]) as built:
        built.build(sorted({milestone.words[0] for milestone in every}))
        with ThreadPoolExecutor(cores()) as pool:
            found = list(pool.map(lambda milestone: prove(built, milestone), every))
    for milestone, fault in zip(every, found):
        print(f"{milestone.after:5} {milestone.words[0]:20} {fault or 'runs, with everything after it blank'}")
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
