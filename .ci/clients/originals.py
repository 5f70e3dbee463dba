"""The clients of the original programs, and the inputs that broke those."""

import os
import random
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

from raw import RawClient, post
from servers import Server, command, equal, require

HELLO = b"Hello! I am an epoll server."
PICTURE_SIZE = 3_748_935  # the picture that one of the originals uploads
UPLOAD_SIZE = 9_375_930   # ... and what percent-encoding makes of it


def picture() -> bytes:
    """Bytes of every kind, like those of a picture; the same ones each time."""
    return b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(PICTURE_SIZE - 4)


def in_threads(count: int, work) -> list:
    """work(i) for each i at the same time; an error in one of them is an error here."""
    with ThreadPoolExecutor(count) as pool:
        return [result for result in pool.map(work, range(count))]


def threads_client(hello: Server, folder: str) -> str:
    """4 threads, 100 uploads each, one after the other, a connection for each."""
    body = b"file=" + b"%FF" * ((UPLOAD_SIZE - 5) // 3) + b"a" * ((UPLOAD_SIZE - 5) % 3)
    equal("size of the upload", len(body), UPLOAD_SIZE)
    times = []
    lock = threading.Lock()

    def client(_) -> int:
        right = 0
        for _ in range(100):
            begin = time.monotonic()
            connection = HTTPConnection("127.0.0.1", hello.port, timeout=30)
            connection.request("POST", hello.path, body, {
                "Content-Type": "application/x-www-form-urlencoded"})
            response = connection.getresponse()
            equal("status", response.status, 200)
            equal("text", response.read(), HELLO)
            connection.close()
            right += 1
            with lock:
                times.append(time.monotonic() - begin)
        return right

    begin = time.monotonic()
    cpu = hello.processor_seconds()
    equal("answers", sum(in_threads(4, client)), 400)
    took = time.monotonic() - begin
    cpu = hello.processor_seconds() - cpu
    times.sort()
    return (f"400 of 400 right, {400 * UPLOAD_SIZE / took / 1e6:.0f} MB/s, slowest "
            f"{times[-1] * 1000:.0f} ms, server {cpu:.1f} s of processor time")


def requests_client(hello: Server, folder: str) -> str:
    """The original's client itself, which spends its time on percent-encoding: a few uploads."""
    import requests
    file = picture()

    def client(_) -> int:
        for _ in range(5):
            response = requests.post(hello.url, data={"file": file},
                                     timeout=60)
            equal("status", response.status_code, 200)
            equal("text", response.content, HELLO)
        return 5

    return f"{sum(in_threads(4, client))} of 20 right"


def curl_loop(hello: Server, folder: str) -> str:
    """curl with --form: it waits a second for `100 Continue`, unless it gets one."""
    path = os.path.join(folder, "picture")
    words = ["curl", "--silent", "--show-error", "--location", "--request", "POST",
             hello.at("/upload").url, "--form", f"file=@{path}"]
    verbose = command(*words, "--verbose")
    require("> Expect: 100-continue" in verbose, "this curl does not ask for 100-continue")
    require("< HTTP/1.1 100 Continue" in verbose, f"no 100 Continue in:\n{verbose}")

    def loop(_) -> list[float]:
        times = []
        for _ in range(20):
            said = command(*words, "--write-out", " %{http_code} %{time_total}")
            match = re.fullmatch(re.escape(HELLO.decode()) + r" 200 (\d+\.\d+)", said)
            require(match is not None, f"curl said {said!r}")
            times.append(float(match[1]))
        return sorted(times)

    # A busy machine may make one of them wait, but not curl's whole second.
    alone = loop(0)
    beside = sorted(sum(in_threads(3, loop), []))
    for title, times in (("alone", alone), ("three at once", beside)):
        require(times[len(times) // 2] < 0.1, f"{title}, an upload takes {times[len(times) // 2]:.3f} s")
        require(times[-1] < 0.9, f"{title}, an upload took {times[-1]:.3f} s")
    return (f"80 of 80 right, slowest {alone[-1] * 1000:.0f} ms, "
            f"three at once {beside[-1] * 1000:.0f} ms")


def curl_echo(echo: Server, folder: str) -> str:
    """The line that one of the originals shows, a GET, and raw bytes without Expect."""
    equal("echo", command("curl", "-sS", "-d", "name=WasmEdge", "-X", "POST", echo.url),
          "name=WasmEdge")
    equal("GET", command("curl", "-sS", "-w", "%{http_code}", echo.url), "200")
    path = os.path.join(folder, "picture")
    for _ in range(10):
        command("curl", "-sS", "-H", "Expect:", "--data-binary", f"@{path}", "-o", path + ".back",
                echo.url)
        with open(path + ".back", "rb") as file:
            equal("the picture, sent back", file.read(), picture())
    chunked = command("curl", "-sS", "-H", "Expect:", "-H", "Transfer-Encoding: chunked",
                      "--data-binary", "sent in chunks", echo.url)
    equal("chunked echo", chunked, "sent in chunks")
    return "13 of 13 right"


def segments(hello: Server, echo: Server) -> str:
    """Bytes that are no UTF-8 beside the head; a head that comes byte by byte; both at once."""
    body = picture()[:500_000]
    with RawClient(hello.port) as client:
        client.send(post(hello.path, body))
        client.expect("raw bytes in the first segment", 200, HELLO)
    with RawClient(echo.port) as client:
        client.send(post(echo.path, body))
        client.expect("raw bytes in the first segment, sent back", 200, body)
        for byte in post(echo.path, b"one by one\xff"):  # the same connection, so it was kept
            client.send(bytes([byte]))
        client.expect("byte by byte", 200, b"one by one\xff")
    with RawClient(hello.port) as client:
        for byte in hello.get:
            client.send(bytes([byte]))
        client.expect("head byte by byte", 200, HELLO)
    return "4 of 4 right"


def rough_handling(hello: Server, echo: Server) -> str:
    """What ended the originals: a stop and go, a reset, a goodbye in the middle, a length that is a
    lie. The same server answers afterwards, and sleeps while no client asks."""
    for server in (hello, echo):
        head = f"POST {server.path} HTTP/1.1\r\nHost: a\r\nContent-Length: ".encode()
        with RawClient(server.port) as kept:
            server.process.send_signal(signal.SIGSTOP)
            server.process.send_signal(signal.SIGCONT)
            for _ in range(50):
                with RawClient(server.port) as client:
                    client.send(server.get)
                    client.reset()
                with RawClient(server.port) as client:
                    client.send(head + b"1000\r\n\r\nabc")
            with RawClient(server.port) as client:
                client.send(head + b"99999999999\r\n\r\n")
                equal("status of a body without bounds", client.answer()[0], 413)
            for length in (b"abc", b"-1", b"18446744073709551616"):
                with RawClient(server.port) as client:
                    client.send(head + length + b"\r\n\r\n")
                    require(client.answer()[0] in (400, 413), f"Content-Length: {length!r}")
            kept.send(server.get)
            kept.expect("after all this", 200, HELLO if server is hello else b"")
            server.alive()
            time.sleep(0.2)  # what was sent last is handled by now
            before = server.times_scheduled()
            time.sleep(1)
            equal(f"wake-ups of {server.program} in an idle second",
                  server.times_scheduled() - before, 0)
    return "still there, and idle costs no wake-up"


def in_flight(hello: Server, echo: Server) -> str:
    """One client has sent half a head, another half a body; the quick ones do not notice."""
    with RawClient(hello.port) as slow, RawClient(echo.port) as half:
        slow.send(hello.get[:-10])
        request = post(echo.path, b"x" * 1000)
        half.send(request[:-500])
        slowest = 0.0
        for server, text in ((hello, HELLO), (echo, b"")):
            for _ in range(50):
                with RawClient(server.port) as quick:
                    begin = time.monotonic()
                    quick.send(server.get)
                    quick.expect("beside a slow client", 200, text)
                    slowest = max(slowest, time.monotonic() - begin)
        slow.send(hello.get[-10:])
        slow.expect("the slow client at last", 200, HELLO)
        half.send(request[-500:])
        half.expect("the other half", 200, b"x" * 1000)
    require(slowest < 0.5, f"a quick client waited {slowest:.3f} s beside a slow one")
    return f"102 of 102 right, slowest {slowest * 1000:.1f} ms"
