"""The programs of stage 05, in the hands of clients that are many, slow, rude, or gone."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from raw import RawClient
from servers import Server, Wrong, command, equal, require

ROOT = Path(__file__).resolve().parents[2]
ECHO_CLIENT = str(ROOT / "05_async_runtime/examples/echo_client.py")


def echo_client(port: int, *options: str) -> str:
    said = command(sys.executable, ECHO_CLIENT, "--port", str(port), *options, limit=90)
    return said.strip()


def echo(server: Server) -> str:
    """The original's client: 10 threads, ten times the data, 100 threads; then every size."""
    for options in ((), ("--times", "10"), ("--threads", "100"),
                    ("--threads", "10", "--sizes")):
        echo_client(server.port, *options)
    server.alive()
    return "10 threads, ten times the data, 100 threads, 1 byte to 1 MB: every byte back"


def proxied(binaries: str, server: Server) -> str:
    """The same bytes through one process more; with ends that are shut one after the other."""
    with Server(binaries, "tcp_proxy", f"127.0.0.1:{server.port}", port="127.0.0.1:0") as proxy:
        echo_client(proxy.port, "--threads", "20", "--messages", "200")
        echo_client(proxy.port, "--threads", "4", "--sizes")
        proxy.alive()
    return "24 connections, half-close kept"


def download(server: Server) -> str:
    """A large body in little memory; a reader that is slow, and one that goes away."""
    before = server.peak_memory()
    size = 500_000_000
    said = command("curl", "-sS", "-o", os.devnull, "-w", "%{size_download}",
                   server.at(f"/stream?bytes={size}").url)
    equal("bytes of the download", said, str(size))
    for _ in range(20):
        with RawClient(server.port) as client:
            client.send(server.at(f"/stream?bytes={size}").get)
            require(client.socket.recv(1000).startswith(b"HTTP/1.1 200 "), "no download")
            client.reset()
    with RawClient(server.port) as lazy, RawClient(server.port) as other:
        lazy.send(server.at(f"/stream?bytes={size}").get)  # and reads nothing
        other.send(server.at("/hello").get)
        other.answer()
    grown = server.peak_memory() - before
    require(grown < 32 << 20, f"the server grew by {grown} bytes over a download of {size}")
    return f"{size} bytes, the server grew by {grown / 1e6:.1f} MB"


def files(server: Server, folder: Path) -> str:
    """Every byte of a file, and no way out of the folder."""
    large = (folder / "picture").read_bytes()
    said = subprocess.run(["curl", "-sS", server.at("/files/picture").url], check=True,
                          stdout=subprocess.PIPE, timeout=30).stdout
    equal("the file", said, large)
    resume(server, folder, large)
    outside = folder.parent / "outside"
    (folder / "link").symlink_to(outside)
    for path in ("/files/../outside", "/files/%2e%2e/outside", "/files/..%2foutside", "/files/link",
                 "/files//etc/passwd", "/files/%2fetc%2fpasswd", "/files/nothing",
                 "/files/%00", "/files/%zz", "/files/.git/config"):
        with RawClient(server.port) as client:
            client.send(server.at(path).get)
            status, _, body = client.answer()
            require(status in (400, 404) and b"secret" not in body, f"{path}: {status} {body!r}")
    return "whole, and 10 of 10 ways out are shut"


def resume(server: Server, folder: Path, large: bytes) -> None:
    """curl continues a download that was cut off, and asks whether what it has is still good."""
    part = folder.parent / "part"
    part.write_bytes(large[:1000])
    url = server.at("/files/picture").url
    command("curl", "-sS", "-C", "-", "-o", str(part), url)
    equal("the download that went on", part.read_bytes(), large)
    etag = folder.parent / "etag"
    command("curl", "-sS", "--etag-save", str(etag), "-o", str(part), url)
    said = command("curl", "-sS", "--etag-compare", str(etag), "-o", str(part), "-w",
                   "%{http_code}", url)
    equal("status for a client that has the file", said, "304")


def chat(binaries: str) -> str:
    """A line reaches everybody but its writer; who does not read is dropped, and not waited for."""
    with Server(binaries, "chat_server") as server:
        with RawClient(server.port) as writer, RawClient(server.port) as reader:
            def line_of(client: RawClient) -> bytes:
                while b"\n" not in client.received:
                    client._more()
                line, _, rest = bytes(client.received).partition(b"\n")
                client.received[:] = rest
                return line

            reader.send(b"hello\n")  # an answer to it proves that both are in the room
            equal("a line", line_of(writer), b"#2: hello")
            sleeper = socket.socket()
            sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
            sleeper.settimeout(20)
            sleeper.connect(("127.0.0.1", server.port))
            sleeper.sendall(b"good night\n")
            equal("a line", line_of(writer), b"#3: good night")
            equal("a line", line_of(reader), b"#3: good night")
            text = b"x" * 1000 + b"\n"
            for _ in range(20_000):  # more than all buffers on the way to the sleeper hold
                writer.send(text)
                equal("a line", len(line_of(reader)), len(b"#1: ") + 1000)
            try:
                while sleeper.recv(1 << 16):
                    pass
            except ConnectionResetError:
                pass  # dropped
            sleeper.close()
            writer.send(b"still here\n")
            equal("a line", line_of(reader), b"#1: still here")
    return "20,003 lines to the other, and the sleeper was dropped"


def fetch(binaries: str, server: Server) -> str:
    """Three pages at once: one is there, one is not, one says nothing at all."""
    program = os.path.join(binaries, "fetch")
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        silent = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        begin = time.monotonic()
        done = subprocess.run([program, server.at("/hello").url, silent,
                               server.at("/stream?bytes=3000000").url, "--timeout", "0.5"],
                              stdout=subprocess.PIPE, text=True, timeout=30)
        took = time.monotonic() - begin
    equal("exit status of fetch", done.returncode, 1)
    require(took < 5, f"fetch took {took:.1f} s")
    lines = sorted(done.stdout.splitlines())
    equal("lines", len(lines), 3)
    require(re.match(r"200 +28 ", lines[0]) is not None, lines[0])
    require(re.match(r"200 +3000000 ", lines[1]) is not None, lines[1])
    require("not complete after 0.5 s" in lines[2], lines[2])
    return f"two pages and a time-out, {took:.2f} s"


def supervise(binaries: str) -> str:
    """A child that is killed comes again; SIGTERM ends both."""
    program = subprocess.Popen(
        [os.path.join(binaries, "supervise"), "--", os.path.join(binaries, "hello_server"), "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        children = []
        for _ in range(2):
            require(bool(select.select([program.stdout], [], [], 20)[0]), "no child listens")
            line = os.read(program.stdout.fileno(), 4096)
            require(b"listening on" in line, f"{line!r}")
            child = int(subprocess.run(["pgrep", "-P", str(program.pid)], check=True,
                                       stdout=subprocess.PIPE, timeout=10).stdout)
            children.append(child)
            if len(children) == 1:
                os.kill(child, signal.SIGKILL)
        require(children[0] != children[1], "the same child again")
        program.send_signal(signal.SIGTERM)
        equal("exit status after SIGTERM", program.wait(timeout=20), 0)
        try:
            os.kill(children[1], 0)
            raise Wrong("the child has outlived its supervisor")
        except ProcessLookupError:
            pass
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
        program.stdout.close()
        program.stderr.close()
    return "killed once, there again, SIGTERM passed on"


def dump(server: Server) -> str:
    """SIGUSR1: every task, and where it waits."""
    with RawClient(server.port) as client:
        client.send(server.at("/hello").get)
        client.answer()
        server.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while b".cpp:" not in server.errors():
            require(time.monotonic() < deadline, f"no tasks in {server.errors()!r}")
            time.sleep(0.01)
    lines = server.errors().decode().splitlines()
    server.alive()
    return f"{len(lines)} lines"
