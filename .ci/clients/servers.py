"""Starts a server program on a port of the kernel's choice, and ends it as a service manager would."""

import copy
import os
import re
import select
import signal
import subprocess
import tempfile
import time


class Wrong(Exception):
    """A client saw something that it should not have seen."""


def require(condition: bool, message: str) -> None:
    if not condition:
        raise Wrong(message)


def equal(what: str, seen, right) -> None:
    """Like require(seen == right), with a message of bearable length."""
    if seen == right:
        return
    if isinstance(seen, (bytes, bytearray)) and len(seen) + len(right) > 400:
        at = next((i for i, pair in enumerate(zip(seen, right)) if pair[0] != pair[1]),
                  min(len(seen), len(right)))
        raise Wrong(f"{what}: {len(seen)} bytes instead of {len(right)}, different from byte {at} on")
    raise Wrong(f"{what}: {seen!r} instead of {right!r}")


class Server:
    """A running server; `with` ends it by SIGTERM, and requires that it ends well."""

    def __init__(self, folder: str, program: str, *arguments: str, port: str = "0",
                 descriptors: int | None = None):
        self.program = program
        self.log = tempfile.TemporaryFile()
        words = [os.path.join(folder, program), port, *arguments]
        if descriptors is not None:  # as many as it may have open, and no way to have more
            words = ["prlimit", f"--nofile={descriptors}", *words]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log)
        self.output = b""
        self.port = self._wait_for_port()
        self.path = "/"

    def at(self, path: str) -> "Server":
        """The same server, to be asked for another path."""
        view = copy.copy(self)
        view.path = path
        return view

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    @property
    def get(self) -> bytes:
        """A GET request for its path."""
        return f"GET {self.path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    def peak_memory(self) -> int:
        """The most that the process has held in memory so far, in bytes [proc(5)]."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return 1024 * int(re.search(r"^VmHWM:\s+(\d+) kB$", file.read(), re.MULTILINE)[1])

    def _wait_for_port(self) -> int:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                part = os.read(self.process.stdout.fileno(), 65536)
                if not part:
                    break
                self.output += part
                said = re.search(rb"listening on 127\.0\.0\.1:(\d+)\n", self.output)
                if said:
                    return int(said[1])
        self.process.kill()
        self.process.wait()
        raise Wrong(f"{self.program} did not say where it listens. Output: {self.output!r}, "
                    f"errors: {self.errors()!r}")

    def errors(self) -> bytes:
        self.log.seek(0)
        return self.log.read()[-4000:]

    def processor_seconds(self) -> float:
        """User and system time that the process has used so far [proc(5)]."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def times_scheduled(self) -> int:
        """How often the process has given up the processor of its own accord: each time it waits
        and is woken counts once [proc(5)]."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", file.read(), re.MULTILINE)[1])

    def alive(self) -> None:
        code = self.process.poll()
        require(code is None, f"{self.program} has ended with {code}: {self.errors()!r}")

    def stop(self) -> float:
        """SIGTERM; how long it took to end, in seconds."""
        self.alive()
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            raise Wrong(f"{self.program} still runs 15 s after SIGTERM") from None
        equal(f"exit code of {self.program} after SIGTERM ({self.errors()!r})", code, 0)
        return time.monotonic() - begin

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind, *_) -> None:
        try:
            if kind is None and self.process.poll() is None:
                self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if kind is not None:
                print(f"--- what {self.program} wrote ---\n{self.errors().decode(errors='replace')}")
            self.process.stdout.close()
            self.log.close()


def command(*words: str, limit: float = 60) -> str:
    """Runs a client program; its output. It must end well, and within `limit` seconds."""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=limit)
    except subprocess.TimeoutExpired:
        raise Wrong(f"{words[0]} did not end within {limit} s") from None
    text = done.stdout.decode(errors="replace")
    require(done.returncode == 0, f"{' '.join(words)[:200]} ended with {done.returncode}:\n{text}")
    return text
