"""Starts every process of the commands, so that Ctrl-C can end them all at once.

Ctrl-C reaches the processes of the terminal's group. That is not enough: a test runs in a group of
its own, so that whatever it leaves behind can be ended with it, and ninja does the same with its
compilers. So this process adopts the orphans among its descendants [PR_SET_CHILD_SUBREAPER(2const)],
and when it is asked to end it starts nothing more, ends all of them, and then itself, by that very
signal.
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from .repository import Failure

PR_SET_CHILD_SUBREAPER = 36
POLITELY = 0.3  # seconds that a compiler has to take back its unfinished output
GIVE_UP = 5  # seconds; a process that the kernel does not let go of yet ends as soon as it does

# Held while a process is started; for ever, from the moment when all are to end.
_starting = threading.RLock()


def start(command: list[str], **options) -> subprocess.Popen:
    """As subprocess.Popen; a program that is not there is a Failure."""
    try:
        with _starting:
            return subprocess.Popen(command, **options)
    except FileNotFoundError as error:
        if error.filename != command[0]:
            raise
        raise Failure(f"{command[0]} is not installed", code=1) from None


def run(command: list[str], *, input: bytes | None = None, **options) -> subprocess.CompletedProcess:
    """As subprocess.run. Without `input` it reads nothing, unless `stdin` says otherwise."""
    options.setdefault("stdin", subprocess.DEVNULL if input is None else subprocess.PIPE)
    with start(command, **options) as process:
        try:
            output, errors = process.communicate(input)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def descendants(pid: int) -> list[int]:
    """The processes that came of `pid` and still run [proc_pid_stat(5)]."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The name in parentheses may hold anything, spaces and parentheses too.
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue  # it has ended meanwhile
            if state != "Z":
                children.setdefault(int(parent), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        some = children.get(waiting.pop(), [])
        found += some
        waiting += some
    return found


def _send(number: signal.Signals) -> bool:
    """Sends a signal to all descendants; whether there were any."""
    found = descendants(os.getpid())
    for pid in found:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass
    return bool(found)


def end_all() -> None:
    """Ends everything that this process has started, and starts nothing more."""
    _starting.acquire()
    deadline = time.monotonic() + POLITELY
    alive = _send(signal.SIGTERM)
    while alive and time.monotonic() < deadline:
        time.sleep(0.01)
        alive = bool(descendants(os.getpid()))
    deadline = time.monotonic() + GIVE_UP
    while alive and time.monotonic() < deadline:  # one that ends may have started another before
        alive = _send(signal.SIGKILL)
        time.sleep(0.005)


def _end(number: int, _frame) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    end_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)  # the shell sees what it was: a loop around this command ends, too


def _resend(signals: int) -> None:
    """Python runs handlers in the main thread only. If that is about to wait for a lock when the signal comes, or
    if another thread gets the signal, it waits on. So it gets the signal again, until `_end` has begun."""
    while True:
        number = os.read(signals, 1)[0]
        time.sleep(0.1)
        while signal.getsignal(number) is _end:
            signal.pthread_kill(threading.main_thread().ident, number)
            time.sleep(0.1)


def adopt_orphans(yes: bool) -> None:
    """Whether a process whose parent has ended becomes a child of this one."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0)


def end_with_this_one() -> None:
    """From now on Ctrl-C, a SIGTERM, or the end of the terminal ends all of it at once."""
    adopt_orphans(True)
    signals, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    threading.Thread(target=_resend, args=(signals,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup, or a background job of a script
            signal.signal(number, _end)
