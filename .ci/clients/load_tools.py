"""wrk, ab, Node's http and Python's http.client: the load that broke the originals. No error is
allowed, and every answer is compared."""

import os
import random
import re
import shutil
from http.client import HTTPConnection

from originals import HELLO, picture
from servers import Server, command, equal, require

HERE = os.path.dirname(os.path.abspath(__file__))


def wrk(hello: Server, folder: str) -> str:
    """64 connections with keep-alive: one request at a time, then 16 in a row."""
    seen = []
    for depth in (1, 16):
        said = command("wrk", "-t2", "-c64", "-d3s", "-s", os.path.join(HERE, "pipeline.lua"),
                       hello.url, "--", HELLO.decode(), str(depth))
        counts = re.search(r"right (\d+) wrong 0 connect 0 read 0 write 0 status 0 timeout 0", said)
        require(counts is not None and int(counts[1]) > 0, f"wrk, {depth} in a row:\n{said}")
        hello.alive()
        rate = re.search(r"Requests/sec:\s+(\S+)", said)
        seen.append(f"{depth} in a row: {counts[1]} right, {rate[1]}/s")
    return "; ".join(seen)


def ab(hello: Server, folder: str) -> str:
    """With a connection for each request, with -k, and with big bodies."""
    upload = os.path.join(folder, "picture")
    runs = (("-n5000", "-c50"), ("-n5000", "-c50", "-k"),
            ("-n100", "-c4", "-p", upload, "-T", "application/octet-stream"))
    seen = []
    for options in runs:
        said = command("ab", "-q", *options, hello.url)
        count = int(options[0][2:])
        for name, right in (("Complete requests", count), ("Failed requests", 0),
                            ("Document Length", f"{len(HELLO)} bytes")):
            match = re.search(rf"^{name}:\s+(.*)$", said, re.MULTILINE)
            require(match is not None and match[1] == str(right), f"ab {options}:\n{said}")
        for name in ("Write errors", "Non-2xx responses"):
            require(name not in said, f"ab {options}:\n{said}")
        kept = re.search(r"^Keep-Alive requests:\s+(\d+)$", said, re.MULTILINE)
        if "-k" in options:
            require(kept is not None and int(kept[1]) == count, f"ab -k kept nothing:\n{said}")
        hello.alive()
        seen.append(f"{count}{' -k' if kept else ''}")
    return f"all complete: {', '.join(seen)}"


def node(hello: Server, echo: Server) -> str:
    program = shutil.which("node") or shutil.which("nodejs")
    require(program is not None, "node is not installed")
    said = command(program, os.path.join(HERE, "keep_alive.js"), hello.url, HELLO.decode(), echo.url)
    match = re.fullmatch(r"3840 right over (\d+) connections\n", said)
    require(match is not None, f"node said {said!r}")
    require(int(match[1]) <= 64, f"node needed {match[1]} connections: they are not kept")
    return said.strip()


def http_client(hello: Server, echo: Server) -> str:
    """One connection each; http.client opens a new one by itself if the server closes, so the
    socket's own port is watched."""
    bodies = random.Random(2)
    greeter = HTTPConnection("127.0.0.1", hello.port, timeout=20)
    mirror = HTTPConnection("127.0.0.1", echo.port, timeout=20)
    ports = set()
    for _ in range(500):
        greeter.request("GET", hello.path)
        response = greeter.getresponse()
        equal("GET", (response.status, response.read()), (200, HELLO))
        body = bodies.randbytes(bodies.randrange(1, 200_000))
        mirror.request("POST", echo.path, body)
        response = mirror.getresponse()
        equal("POST: status", response.status, 200)
        equal("POST: body", response.read(), body)
        greeter.request("HEAD", hello.path)
        response = greeter.getresponse()
        equal("HEAD", (response.status, response.read(), response.headers["content-length"]),
              (200, b"", str(len(HELLO))))
        ports |= {connection.sock.getsockname()[1] for connection in (greeter, mirror)
                  if connection.sock}
    equal("connections used", len(ports), 2)
    greeter.close()
    mirror.close()
    return "1500 right over 2 connections"


def write_picture(folder: str) -> None:
    with open(os.path.join(folder, "picture"), "wb") as file:
        file.write(picture())
