"""The servers that `./workbook bench` measures: ours, the least that can be written, and what others use.

Each answers the same requests: an echo of what it is sent, or 28 bytes for GET /hello.
"""

import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .repository import Failure

NGINX = """
daemon off; worker_processes 1; worker_rlimit_nofile 65536; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} backlog=4096; default_type text/html;
    location / {{ return 200 "Hello! I am an epoll server."; }}
  }}
}}
"""


@dataclass(frozen=True)
class Peer:
    """A server that prints `listening on HOST:PORT`."""

    name: str
    kinds: tuple[str, ...]  # "echo", "http"
    target: str = ""  # of CMake, if it is built here
    takes_close: bool = False  # has to be told `--close` for one request a connection
    under_valgrind: bool = True

    def missing(self) -> str:
        """What has to be installed; empty if nothing."""
        return ""

    def command(self, folder: Path, scratch: Path, arguments: tuple[str, ...]) -> list[str]:
        return [str(folder / self.target), "0", *arguments]

    def address(self, process: subprocess.Popen, scratch: Path) -> str:
        line = process.stdout.readline()
        found = re.search(r"listening on (\S+)", line)
        if not found:
            raise Failure(f"{self.name} did not say where it listens: {line!r}", code=1)
        return found[1]


class Nginx(Peer):
    """With one worker, as our servers have one thread."""

    @staticmethod
    def program() -> str | None:
        return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

    def missing(self) -> str:
        return "" if self.program() else "apt-get install nginx-light"

    def command(self, folder: Path, scratch: Path, arguments: tuple[str, ...]) -> list[str]:
        with socket.socket() as probe:  # nginx takes no port 0
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (scratch / "port").write_text(str(port))
        (scratch / "nginx.conf").write_text(NGINX.format(folder=scratch, port=port))
        return [str(self.program()), "-e", f"{scratch}/start.log", "-c", f"{scratch}/nginx.conf"]

    def address(self, process: subprocess.Popen, scratch: Path) -> str:
        port = int((scratch / "port").read_text())
        for _ in range(250):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"127.0.0.1:{port}"
            time.sleep(0.02)
        raise Failure("nginx does not listen", code=1)


# The first of a kind is what the others are compared to.
PEERS = (
    Peer("raw_echo_server", ("echo",), "raw_echo_server"),
    Peer("async_echo_server", ("echo",), "async_echo_server"),
    Peer("raw_epoll_server", ("http",), "raw_epoll_server", takes_close=True),
    Peer("hello_server", ("http",), "hello_server"),
    Peer("http_server", ("http",), "http_server"),
    Nginx("nginx", ("http",), under_valgrind=False),
)
