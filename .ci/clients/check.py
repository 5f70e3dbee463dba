#!/usr/bin/python3
"""Lets real clients loose on the real servers, on loopback and with bounds: nothing may go wrong.

    .ci/clients/check.py build/release/bin

Each line is one check; the first that fails ends the run with exit code 1.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import live
import load_tools
import originals
import runtime
from raw import RawClient
from servers import Server, Wrong, command, require


def stop_with_idle_client(server: Server) -> str:
    """SIGTERM while a client keeps its connection: the server closes it, and exits with 0."""
    with RawClient(server.port) as client:
        client.send(server.get)
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
    with tempfile.TemporaryDirectory() as outer, \
            Server(binaries, "hello_server") as hello, Server(binaries, "echo_server") as echo, \
            Server(binaries, "async_echo_server") as async_echo:
        (Path(outer) / "outside").write_text("secret")
        folder = os.path.join(outer, "inside")
        os.mkdir(folder)
        load_tools.write_picture(folder)
        with Server(binaries, "http_server", "--files", folder, "--threads", "2") as site:
            run(checks_of_callbacks(binaries, folder, hello, echo)
                + checks_of_coroutines(binaries, folder, site, async_echo))
    return 0


def checks_of_callbacks(binaries: str, folder: str, hello: Server, echo: Server) -> list:
    return [
        ("curl, one POST and raw bytes", lambda: originals.curl_echo(echo, folder)),
        *checks_of_http(folder, hello, echo),
        ("our own client", lambda: two_connections(binaries, hello, echo)),
        ("SIGTERM, hello_server", lambda: stop_with_idle_client(hello)),
        ("SIGTERM, echo_server", lambda: stop_with_idle_client(echo)),
    ]


def checks_of_http(folder: str, hello: Server, echo: Server) -> list:
    """For both servers: the one with callbacks, and the one with coroutines."""
    return [
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
    ]


def checks_of_coroutines(binaries: str, folder: str, site: Server, echo: Server) -> list:
    hello = site.at("/hello")
    return [
        ("echo, the original's client", lambda: runtime.echo(echo)),
        ("tcp_proxy", lambda: runtime.proxied(binaries, echo)),
        ("chat_server", lambda: runtime.chat(binaries)),
        ("fetch", lambda: runtime.fetch(binaries, site)),
        ("supervise", lambda: runtime.supervise(binaries)),
        ("http_server: a download", lambda: runtime.download(site)),
        ("http_server: files", lambda: runtime.files(site, Path(folder))),
        *[(f"http_server: {title}", check)
          for title, check in checks_of_http(folder, hello, site.at("/echo"))],
        ("http_server: --live", lambda: live.live(binaries)),
        ("http_server: SIGUSR1", lambda: runtime.dump(site)),
        ("SIGTERM, http_server", lambda: stop_with_idle_client(hello)),
    ]


def run(checks: list) -> None:
    for title, check in checks:
        begin = time.monotonic()
        try:
            said = check()
        except (Wrong, OSError) as error:
            print(f"  {title}: WRONG\n{error}", flush=True)
            raise
        print(f"  {title:44} {said}  ({time.monotonic() - begin:.1f} s)", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Wrong, OSError) as error:
        print(f"clients: {type(error).__name__}", file=sys.stderr)
        sys.exit(1)
