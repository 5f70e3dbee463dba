#!/usr/bin/python3
"""Shows that each patient of the diagnosis lab has its disease, and that the healthy program has not.

    .ci/lab/check.py build/lab/bin

Each symptom is looked for with the tool that docs/lab.md uses for it: what strace and ss print, and what
/proc holds. Where a server must have had time to do something wrong, another client's answer, or a bounded
wait for the symptom itself, says that it had.
"""

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / ".ci/clients"), str(ROOT / ".workbook/lab"), str(ROOT / ".workbook")]

import client  # noqa: E402
from servers import Server, Wrong, require  # noqa: E402
from workbook import lab  # noqa: E402

PATIENCE = 20.0  # seconds for what must happen
SILENCE = 0.5  # seconds in which nothing comes: only to decide that something else is tried
SPINNING = 500  # calls that change nothing
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_FILE = b"GET /files/index.md HTTP/1.1\r\nHost: a\r\n\r\n"


def until(condition, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        require(time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.02)


def answer_within(connection: socket.socket, seconds: float) -> bytes:
    """What has come by then; empty if nothing has."""
    connection.settimeout(seconds)
    try:
        return connection.recv(65536)
    except TimeoutError:
        return b""


def asked(port: int, request: bytes = GET) -> None:
    with client.connect(port) as other:
        other.sendall(request)
        require(other.recv(65536) != b"", "another client got no answer")


@contextlib.contextmanager
def strace(server: Server, *options: str):
    """Within this scope strace watches the server; gives a function that returns its lines so far."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as log:
        tracer = subprocess.Popen(["strace", "-f", "-o", log.name, *options, "-p", str(server.process.pid)],
                                  stderr=subprocess.PIPE)
        try:
            require(b"attached" in tracer.stderr.readline(), "strace cannot attach")
            yield lambda: Path(log.name).read_text(encoding="utf-8", errors="replace").splitlines()
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.communicate(timeout=PATIENCE)


def descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def asleep(server: Server) -> bool:
    """Whether each of its threads waits for something [proc(5)]."""
    tasks = f"/proc/{server.process.pid}/task"
    return all(Path(f"{tasks}/{task}/stat").read_text().rpartition(")")[2].split()[0] == "S"
               for task in os.listdir(tasks))


def ss(server: Server, *words: str) -> list[list[str]]:
    """The fields of each socket of the server's port: Recv-Q, Send-Q, addresses."""
    done = subprocess.run(["ss", "-H", "-tn", *words, f"sport = :{server.port}"], check=True,
                          stdout=subprocess.PIPE, text=True)
    return [line.split() for line in done.stdout.splitlines()]


# --- a function for each disease: whether this server has it

def leaked_descriptor(server: Server) -> bool:
    with client.connect(server.port) as connection:
        counts = []
        for _ in range(30):
            connection.sendall(GET_FILE)
            size, text = None, b""
            while size is None or len(text) < size:
                text += connection.recv(65536)
                head, end, _ = text.partition(b"\r\n\r\n")
                if end and size is None:
                    size = len(head) + 4 + int(re.search(rb"Content-Length: (\d+)", head, re.IGNORECASE)[1])
            counts.append(descriptors(server))
    return counts[-1] - counts[0] > 20  # (the last job may still hold two or three)


def busy_loop(server: Server) -> bool:
    with strace(server, "-e", "trace=recvfrom") as lines, client.connect(server.port) as connection:
        connection.sendall(GET)
        connection.recv(65536)
        connection.shutdown(socket.SHUT_WR)
        until(lambda: is_closed(connection) or sum(line.endswith("= 0") for line in lines()) > SPINNING,
              "the connection is closed, or its end is read again and again")
        return not is_closed(connection)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed it."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


def lost_wake_up(server: Server) -> bool:
    for _ in range(20):  # if the thread is done before the loop waits, the loop sees it
        with client.connect(server.port) as connection:
            connection.sendall(GET_FILE)
            while not answer_within(connection, SILENCE):
                if not asleep(server):
                    continue
                for _ in range(20):  # a file takes two jobs or more, and each needs help
                    asked(server.port)
                    if answer_within(connection, SILENCE):
                        return True
                raise Wrong("the file does not come either when others ask for something")
    return False


def emfile_spin(server: Server) -> bool:
    """Whether accept is called again at once; the healthy server waits 50 ms."""
    with strace(server, "-ttt", "-e", "trace=accept4") as lines, contextlib.ExitStack() as crowd:
        for _ in range(40):
            crowd.enter_context(client.connect(server.port))

        def refused() -> list[float]:
            return [float(line.split()[1]) for line in lines() if "EMFILE" in line]
        until(lambda: len(refused()) >= 5, "there is no descriptor left for a client")
        times = refused()
        return min(later - earlier for earlier, later in zip(times, times[1:], strict=False)) < 0.005


def lost_edge(server: Server) -> bool:
    text = b"".join(b"%099d\n" % i for i in range(60))  # its channel has room for 64
    with client.connect(server.port) as listener, client.connect(server.port) as talker:
        talker.sendall(b"hello\n")
        require(listener.recv(100) != b"", "the other guest hears nothing")
        talker.sendall(text)
        got = b""
        while not got.endswith(b"59\n"):
            part = answer_within(listener, SILENCE)
            got += part
            if part or not asleep(server):
                continue
            require(sum(int(line[1]) > 0 for line in ss(server)) == 1, "the rest is not in a Recv-Q")
            talker.sendall(b"more\n")
            require(answer_within(listener, PATIENCE) != b"", "nor does the next message bring more")
            return True
        return False


def slow_drain(server: Server) -> bool:
    with client.connect(server.port) as idle:
        idle.sendall(GET)
        idle.recv(65536)
        server.process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        server.process.wait(timeout=PATIENCE)
        return time.monotonic() - begin > 2.5


def nagle_stall(server: Server) -> bool:
    gaps = sorted(client.pairs(server.port, 20))
    return gaps[len(gaps) // 2] > 0.030


def dead_connection(server: Server) -> bool:
    for _ in range(10):
        client.hang_up(server.port, lambda: until(lambda: asleep(server), "the server waits"))
    with client.connect(server.port) as connection:
        connection.sendall(b"hello")
        connection.recv(5)
        return len(ss(server, "state", "close-wait")) == 10


def starvation(server: Server) -> bool:
    """Whether most of an upload is read without a look at other clients in between."""
    with client.connect(server.port) as uploading, client.connect(server.port) as other:
        server.process.send_signal(signal.SIGSTOP)  # until as much has come as the kernel keeps
        uploading.sendall(client.UPLOAD)
        uploading.setblocking(False)
        sent = len(client.UPLOAD)
        with contextlib.suppress(BlockingIOError):
            while True:
                sent += uploading.send(client.ONE_BYTE_CHUNKS)
        other.sendall(GET)
        with strace(server, "-e", "trace=recvfrom,epoll_wait") as lines:
            server.process.send_signal(signal.SIGCONT)
            until(lambda: sum(turns_of(lines())) >= sent, "the upload is read")
            require(other.recv(65536) != b"", "the other client got no answer")
            return max(turns_of(lines())) > sent / 2


def turns_of(lines: list[str]) -> list[int]:
    """How many bytes each turn of the loop has read."""
    turns = [0]
    for line in lines:
        if "epoll_wait(" in line:
            turns.append(0)
        elif read := re.search(r"recvfrom\(.* = (\d+)$", line):
            turns[-1] += int(read[1])
    return turns


def forked_registration(server: Server) -> bool:
    epoll = [entry for entry in os.listdir(f"/proc/{server.process.pid}/fd")
             if os.readlink(f"/proc/{server.process.pid}/fd/{entry}") == "anon_inode:[eventpoll]"]

    def watched() -> int:
        return sum(Path(f"/proc/{server.process.pid}/fdinfo/{entry}").read_text().count("tfd:")
                   for entry in epoll)
    with client.connect(server.port) as writing, client.connect(server.port) as saving:
        writing.sendall(b"a line\n")
        writing.recv(100)
        saving.sendall(b"again\n")
        saving.recv(100)
        until(lambda: asleep(server), "the server waits")
        before = watched()
        saving.sendall(b"save\n")
        child = int(re.search(rb"\d+", saving.recv(100))[0])
        until(lambda: not os.path.exists(f"/proc/{child}"), "the child has ended")
        until(lambda: asleep(server), "the server waits")
        after = watched()
        writing.sendall(b"another line\n")
        if after == before:
            require(answer_within(writing, PATIENCE) != b"", "no answer")
            return False
        require(answer_within(writing, SILENCE) == b"", "an answer in spite of all")
        return True


SYMPTOMS = {
    "leaked-descriptor": (leaked_descriptor, ["--files", "docs"]),
    "busy-loop": (busy_loop, []),
    "lost-wake-up": (lost_wake_up, ["--files", "docs"]),
    "emfile-spin": (emfile_spin, []),
    "lost-edge": (lost_edge, []),
    "slow-drain": (slow_drain, ["--idle-timeout", "3"]),
    "nagle-stall": (nagle_stall, []),
    "dead-connection": (dead_connection, []),
    "starvation": (starvation, []),
    "forked-registration": (forked_registration, ["/dev/null"]),
}


def is_sick(folder: str, program: str, diagnosis: str) -> bool:
    symptom, arguments = SYMPTOMS[diagnosis]
    server = Server(folder, program, *arguments,
                    descriptors=24 if diagnosis == "emfile-spin" else None)
    try:
        return symptom(server)
    except (Wrong, OSError) as error:
        raise Wrong(f"{program}, {diagnosis}: {error or type(error).__name__}") from error
    finally:
        server.process.kill()
        server.process.wait()


def examine(folder: str, patient: lab.Patient) -> str:
    begin = time.monotonic()
    require(is_sick(folder, patient.name, patient.diagnosis), f"{patient.name} has no {patient.diagnosis}")
    require(not is_sick(folder, patient.program, patient.diagnosis),
            f"{patient.program} has a {patient.diagnosis}")
    return f"{patient.name}  {patient.diagnosis:20} {time.monotonic() - begin:4.1f} s"


def judge(patient: lab.Patient) -> None:
    """The right answer is accepted, and no other."""
    file, function = lab.place_of(lab.fault_of(patient))
    other = next(name for name in lab.DIAGNOSES if name != patient.diagnosis)
    for words, right in ([[other], 1], [[patient.diagnosis], 0], [[patient.diagnosis, "poll.hpp"], 1],
                         [[patient.diagnosis, file, "main"], 1], [[patient.diagnosis, file, function], 0]):
        with contextlib.redirect_stdout(io.StringIO()):
            code = lab.run([str(patient.number), *words])
        require(code == right, f"./workbook lab {patient.number} {' '.join(words)} ends with {code}")


def compare_with_page() -> None:
    """The page and the command tell the same about each patient."""
    page = " ".join((ROOT / "docs/lab.md").read_text(encoding="utf-8").split())
    for patient in lab.PATIENTS:
        file, function = lab.place_of(lab.fault_of(patient))
        start = patient.start.format(f"build/lab/bin/{patient.name}")
        verdict = f"**{patient.diagnosis}**, `{file}`, `{function}`"
        for text in (f"*{patient.complaint}*", f"`{start}`", Path(patient.mistake).name):
            require(text in page, f"docs/lab.md says nothing of: {text}")
        require(verdict.replace("-", " ").lower() in page.replace("-", " ").lower(),
                f"docs/lab.md says nothing of: {verdict}")


def main() -> int:
    folder = sys.argv[1]
    compare_with_page()
    chosen = [patient for patient in lab.PATIENTS if not sys.argv[2:] or str(patient.number) in sys.argv[2:]]
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(lambda patient: examine(folder, patient), chosen):
            print(f"  {line}", flush=True)
    with tempfile.TemporaryDirectory() as progress:  # not the reader's own
        lab.progress_file = lambda: Path(progress) / "progress.json"
        for patient in chosen:
            judge(patient)
        done = lab.read_progress()
    require(all(done[str(patient.number)] == ["diagnosis", "place"] for patient in chosen), f"kept: {done}")
    print(f"  {len(chosen)} right answers are accepted, and {3 * len(chosen)} wrong ones refused")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wrong as wrong:
        sys.exit(f".ci/lab/check.py: {wrong}")
