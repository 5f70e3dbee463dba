#!/usr/bin/python3
"""Lets real clients loose on the real servers, on loopback and with bounds: nothing may go wrong.

    .ci/clients/check.py build/release/bin

Each line is one check; the first that fails ends the run with exit code 1.
"""

import os
import sys
import tempfile
import time

import load_tools
import originals
from raw import RawClient
from servers import Server, Wrong, command, require


def stop_with_idle_client(server: Server) -> str:
    """SIGTERM while a client keeps its connection: the server closes it, and exits with 0."""
    with RawClient(server.port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        status, _, _ = client.answer()
        require(status == 200, f"status {status}")
        took = server.stop()
        client.expect_end()
    return f"exit 0 after {took * 1000:.0f} ms"


def two_connections(binaries: str, hello: Server, echo: Server) -> str:
    """Our own client, at both servers at once, and at a port where nobody listens."""
    program = os.path.join(binaries, "two_connections_client")
    said = command(program, hello.url, echo.url, limit=20)
    require(originals.HELLO.decode() in said, f"two_connections_client said {said!r}")
    return "both complete"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    binaries = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder, \
            Server(binaries, "hello_server") as hello, Server(binaries, "echo_server") as echo:
        load_tools.write_picture(folder)
        checks = [
            ("curl, one POST and raw bytes", lambda: originals.curl_echo(echo, folder)),
            ("bytes in odd segments", lambda: originals.segments(hello, echo)),
            ("quick clients beside slow ones", lambda: originals.in_flight(hello, echo)),
            ("rough handling", lambda: originals.rough_handling(hello, echo)),
            ("curl loop with a form", lambda: originals.curl_loop(hello, folder)),
            ("4 threads, 100 uploads each", lambda: originals.threads_client(hello, folder)),
            ("Python requests", lambda: originals.requests_client(hello, folder)),
            ("Python http.client", lambda: load_tools.http_client(hello, echo)),
            ("Node http, keep-alive", lambda: load_tools.node(hello, echo)),
            ("wrk, 64 connections", lambda: load_tools.wrk(hello, folder)),
            ("ab", lambda: load_tools.ab(hello, folder)),
            ("our own client", lambda: two_connections(binaries, hello, echo)),
            ("SIGTERM, hello_server", lambda: stop_with_idle_client(hello)),
            ("SIGTERM, echo_server", lambda: stop_with_idle_client(echo)),
        ]
        for title, check in checks:
            begin = time.monotonic()
            try:
                said = check()
            except (Wrong, OSError) as error:
                print(f"  {title}: WRONG\n{error}", flush=True)
                raise
            print(f"  {title:32} {said}  ({time.monotonic() - begin:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Wrong, OSError) as error:
        print(f"clients: {type(error).__name__}", file=sys.stderr)
        sys.exit(1)
