"""What the stages of the capstone stand on: the server that is judged, and clients that keep a record
of what was sent and what came back, so that a failure can be told without another run."""

import os
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable

from . import processes

PATIENCE = 5.0  # seconds for whatever has to come at once
SHOWN = 100  # bytes of a record that are shown


class Wrong(Exception):
    """The server did not do what it should have done."""

    def __init__(self, case: str, expected: str, came: str = "", sent: str = ""):
        super().__init__(case)
        self.lines = [(name, text) for name, text in (
            ("the case", case), ("sent", sent), ("came back", came), ("expected", expected)) if text]


def shown(data: bytes, total: int | None = None) -> str:
    """Bytes as one would type them in C, shortened; a line break after each CR LF would hide one."""
    total = len(data) if total is None else total
    text = repr(data[:SHOWN])[2:-1] if data else "nothing"
    return text if total <= SHOWN else f"{text} ... ({total:,} bytes in all)"


def command(*words: bytes | str) -> bytes:
    """A command as a client sends it: an array of bulk strings."""
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(map(bulk, parts))


def bulk(text: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text)


class Server:
    """The program that is judged, on a port of the kernel's choice; `with` kills it in the end."""

    def __init__(self, program: str, *options: str):
        self.log = tempfile.TemporaryFile()  # a file takes all that it writes, whoever reads it
        self.process = processes.start([program, "0", *options], stdin=subprocess.DEVNULL,
                                       stdout=self.log, stderr=self.log)
        self.port = 0

    def __enter__(self) -> "Server":
        try:
            self._wait_for_port()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()

    def written(self) -> bytes:
        """The last mebibyte of its output."""
        file = self.log.fileno()
        return os.pread(file, 1 << 20, max(0, os.fstat(file).st_size - (1 << 20)))

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not (said := re.search(rb"(?m)^listening on 127\.0\.0\.1:(\d+)\r?\n", self.written())):
            if time.monotonic() > deadline or self.process.poll() is not None:
                break
            time.sleep(0.002)
        if not said or int(said[1]) == 0:
            hint = "" if self.written() else " (is standard output flushed?)"
            expected = f"the line  listening on 127.0.0.1:PORT  at once, with the port that it has{hint}"
            raise self.wrong(Wrong("started as  kv_server 0", expected, shown(self.written())))
        self.port = int(said[1])

    def wrong(self, wrong: Wrong) -> Wrong:
        """The same, and what became of the server, if it has ended."""
        try:
            code = self.process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            return wrong
        how = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit status {code}"
        said = self.written().decode(errors="replace")
        report = re.search(r"^.*(ERROR: \w+Sanitizer|runtime error:)", said, re.MULTILINE)
        said = (said[report.start():][:2500] if report else said[-1500:]).strip()
        wrong.lines.append(("the server", f"has ended: {how}" + (f". It wrote:\n{said}" if said else "")))
        return wrong

    def peak_memory(self) -> int:
        """The most that the process has held so far, in bytes [proc_pid_status(5)]."""
        return self._memory("VmHWM")

    def memory(self) -> int:
        return self._memory("VmRSS")

    def _memory(self, field: str) -> int:
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            found = re.search(rf"^{field}:\s+(\d+) kB$", file.read(), re.MULTILINE)
        if not found:  # it is a zombie
            raise self.wrong(Wrong("its memory is looked at", "a server that runs"))
        return 1024 * int(found[1])

    def descriptors(self) -> int:
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except OSError:
            raise self.wrong(Wrong("its descriptors are counted", "a server that runs")) from None

    def processor_seconds(self) -> float:
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def allow_descriptors(self, count: int) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (count, count))

    def wait_for_descriptors(self, count: int, case: str,
                             meanwhile: Callable[[], None] = lambda: None) -> None:
        """Until it holds no more than so many."""
        deadline = time.monotonic() + PATIENCE
        while self.descriptors() > count:
            if time.monotonic() > deadline:
                raise self.wrong(Wrong(case, f"{count} open descriptors, as before",
                                       f"{self.descriptors()} are still open"))
            meanwhile()
            time.sleep(0.01)

    def expect_end(self, case: str, seconds: float) -> None:
        """It ends by itself, with exit status 0."""
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Wrong(case, f"the end of the process within {seconds:g} s", "it still runs") from None
        if code != 0:
            raise self.wrong(Wrong(case, "exit status 0"))


class Client:
    """A connection; `sent`, `right` and `came` are the record since the last answer was complete."""

    def __init__(self, server: Server, receive_buffer: int = 0):
        self.server = server
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent, self.sent_total = b"", 0
        self.came, self.right = b"", 0
        try:
            self.socket.connect(("127.0.0.1", server.port))
        except OSError as error:
            self.socket.close()
            raise self.wrong("a client connects", "a connection", str(error)) from None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def wrong(self, case: str, expected: str, came: str = "") -> Wrong:
        parts = [f"{self.right:,} bytes that were right" if self.right else "",
                 shown(self.came) if self.came or not (self.right or came) else "", came]
        return self.server.wrong(Wrong(case, expected, ", then ".join(filter(None, parts)),
                                       shown(self.sent, self.sent_total)))

    def note(self, data: bytes) -> None:
        self.sent = (self.sent + data)[:SHOWN]
        self.sent_total += len(data)

    def send(self, data: bytes, case: str = "a client sends") -> None:
        self.note(data)
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise self.wrong(case, "a server that reads", f"send: {error}") from None

    def receive(self, case: str, expected: str) -> bytes:
        """At least one byte; b"" at the end of the stream."""
        try:
            part = self.socket.recv(1 << 18)
        except TimeoutError:
            raise self.wrong(case, expected, f"nothing for {PATIENCE:g} s") from None
        except OSError as error:
            raise self.wrong(case, expected, str(error)) from None
        self.came = (self.came + part)[:4 * SHOWN]
        return part

    def ask(self, case: str, data: bytes, wanted: bytes) -> None:
        """Sends `data`, and exactly `wanted` comes back. It reads while it sends: a server need not hold
        all of it."""
        self.note(data)
        both = select.poll()
        both.register(self.socket, select.POLLIN | select.POLLOUT)
        rest = memoryview(data)
        while self.right < len(wanted):
            expected = shown(wanted[self.right:self.right + SHOWN], len(wanted) - self.right)
            if rest:
                ready = [events for _, events in both.poll(1000 * PATIENCE)]
                if not ready:
                    raise self.wrong(case, expected, f"nothing for {PATIENCE:g} s, and it reads nothing")
                if ready[0] & select.POLLOUT:
                    try:
                        rest = rest[self.socket.send(rest):]
                    except OSError as error:
                        raise self.wrong(case, expected, f"send: {error}") from None
                if not ready[0] & select.POLLIN:
                    continue
            part = self.receive(case, expected)
            if not part:
                raise self.wrong(case, expected, "the end of the connection")
            if not wanted.startswith(part, self.right):
                raise self.wrong(case, expected)
            self.right += len(part)
            self.came = b""
        self.sent, self.sent_total, self.right = b"", 0, 0

    def expect(self, case: str, wanted: bytes) -> None:
        """Exactly these bytes come next."""
        self.ask(case, b"", wanted)

    def expect_end(self, case: str) -> None:
        expected = "the end of the connection, and not a byte before"
        part = self.receive(case, expected)
        if part:
            raise self.wrong(case, expected)

    def expect_error_and_end(self, case: str) -> None:
        """One line that begins with -ERR, and an end that is no reset."""
        expected, text = "a line that begins with -ERR, and then the end of the connection", b""
        while part := self.receive(case, expected):
            text += part
        if not re.fullmatch(rb"-ERR[^\r\n]*\r\n", text):
            raise self.wrong(case, expected, "" if text else "the end of the connection")

    def is_closed(self) -> bool:
        """Whether the server has closed, by an end or a reset; nothing else has come."""
        if not select.select([self.socket], [], [], 0)[0]:
            return False
        try:
            return self.receive("a client that only waits", "nothing but the end") == b""
        except Wrong:
            return True

    def fill(self, data: bytes, most: int) -> int:
        """Sends `data` again and again, and reads nothing, until the server takes no more for half a
        second, or has taken `most` bytes; how many it took."""
        self.note(data)
        self.socket.setblocking(False)
        sent, many = 0, data * (1 + (1 << 18) // len(data))
        while sent < most and select.select([], [self.socket], [], 0.5)[1]:
            try:
                sent += self.socket.send(memoryview(many)[sent % len(data):])
            except OSError as error:
                raise self.wrong("a client sends, and reads nothing", "that it has to wait",
                                 str(error)) from None
        self.socket.settimeout(PATIENCE)
        return sent

    def reset(self) -> None:
        """Closes so that the server gets a RST instead of a FIN [socket(7), SO_LINGER]."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
