"""The servers that `./workbook bench` measures: ours, the least that can be written, and what others use.

Each answers the same requests: an echo of what it is sent, or 28 bytes for GET /hello.
"""

import getpass
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import building
from .repository import ROOT, Failure

FOREIGN = ROOT / "05_async_runtime/benchmarks/peers"
BUILT = ROOT / "build/bench/peers"

NGINX = """
daemon off; master_process off; worker_rlimit_nofile 65536; pid {folder}/pid; error_log {folder}/error.log;
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


H2O = """
num-threads: 1
max-connections: 20000
user: {user}
pid-file: {folder}/pid
error-log: {folder}/error.log
listen: {{ host: 127.0.0.1, port: {port} }}
hosts: {{ default: {{ paths: {{ "/": {{ file.dir: {folder} }} }} }} }}
"""


@dataclass(frozen=True)
class Peer:
    """A server that prints `listening on HOST:PORT`."""

    name: str
    kinds: tuple[str, ...]  # "echo", "http"
    target: str = ""  # of CMake, if it is built here
    takes_arguments: bool = False  # has to be told what is measured: `--close`, `--live`
    under_valgrind: bool = True
    needs: str = ""  # a file that the package brings
    package: str = ""

    def missing(self) -> str:
        """What has to be installed; empty if nothing."""
        return "" if not self.needs or Path(self.needs).exists() else f"apt-get install {self.package}"

    def command(self, folder: Path, scratch: Path, arguments: tuple[str, ...]) -> list[str]:
        return [str(folder / self.target), "0", *(arguments if self.takes_arguments else ())]

    def address(self, process: subprocess.Popen, scratch: Path) -> str:
        line = process.stdout.readline()
        found = re.search(r"listening on (\S+)", line)
        if not found:
            raise Failure(f"{self.name} did not print where it listens: {line!r}", code=1)
        return found[1]


@dataclass(frozen=True)
class Configured(Peer):
    """A program of the package, told by a file what to do. With one worker, as our servers have one thread."""

    config: str = ""
    options: tuple[str, ...] = ()  # {folder}: where the file stands, with all that the program writes

    def command(self, folder: Path, scratch: Path, arguments: tuple[str, ...]) -> list[str]:
        with socket.socket() as probe:  # it takes no port 0
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (scratch / "port").write_text(str(port))
        (scratch / "hello").write_text("Hello! I am an epoll server.")
        (scratch / "config").write_text(self.config.format(folder=scratch, port=port, user=getpass.getuser()))
        return [self.needs, *(option.format(folder=scratch) for option in self.options)]

    def address(self, process: subprocess.Popen, scratch: Path) -> str:
        port = int((scratch / "port").read_text())
        for _ in range(250):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"127.0.0.1:{port}"
            time.sleep(0.02)
        raise Failure(f"{self.name} does not listen", code=1)


@dataclass(frozen=True)
class Foreign(Peer):
    """A program of ours on another library, compiled here if that is installed."""

    source: str = ""
    flags: tuple[str, ...] = ()

    def command(self, folder: Path, scratch: Path, arguments: tuple[str, ...]) -> list[str]:
        source = FOREIGN / self.source
        if source.suffix == ".js":
            return [self.needs, str(source)]
        program = BUILT / source.stem
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            BUILT.mkdir(parents=True, exist_ok=True)
            good, printed = self.compile(source, program)
            if not good:
                raise Failure(f"{self.source} does not compile:\n{printed}", code=1)
        return [str(program)]

    def compile(self, source: Path, program: Path) -> tuple[bool, str]:
        """Whether that succeeds, and what is printed."""
        if source.suffix == ".go":
            return building.said_by([self.needs, "build", "-o", str(program), str(source)])
        return building.said_by(["g++", "-std=c++23", "-O2", "-DNDEBUG", str(source), "-o", str(program),
                                 *self.flags])


@dataclass(frozen=True)
class Rust(Foreign):
    """The same on a crate of Debian's, built without the network."""

    crates: str = ""  # as in Cargo.toml

    def missing(self) -> str:
        return super().missing() or ("" if Path(CARGO).exists() else "apt-get install cargo")

    def compile(self, source: Path, program: Path) -> tuple[bool, str]:
        project = BUILT / f"{source.stem}.cargo"
        project.mkdir(exist_ok=True)
        (project / "Cargo.toml").write_text(MANIFEST.format(name=source.stem, source=source, crates=self.crates))
        good, printed = building.said_by(
            ["env", "RUSTC=/usr/bin/rustc", CARGO, "build", "--release", "--offline",
             "--config", 'source.crates-io.replace-with="debian"',
             "--config", f'source.debian.directory="{CRATES}"'], project)
        if good:
            shutil.copy(project / "target/release" / source.stem, program)
        return good, printed


GO, NODE, ASIO = "/usr/bin/go", "/usr/bin/node", "/usr/include/asio.hpp"
URING = "/usr/include/liburing.h"
CRATES = "/usr/share/cargo/registry"
CARGO = "/usr/bin/cargo"
MANIFEST = """
[package]
name = "{name}"
version = "0.0.0"
edition = "2021"
[[bin]]
name = "{name}"
path = "{source}"
[dependencies]
{crates}
[profile.release]
lto = true
codegen-units = 1
"""

# The first of a kind is what the others are compared to.
PEERS = (
    Peer("raw_echo_server", ("echo",), "raw_echo_server"),
    Peer("async_echo_server", ("echo",), "async_echo_server"),
    Foreign("io_uring", ("echo",), source="bare_uring_echo.cpp", needs=URING, package="liburing-dev",
            flags=("-luring",), under_valgrind=False),
    Peer("io_uring, coroutines", ("echo",), "uring_echo_server", needs=URING, package="liburing-dev",
         under_valgrind=False),
    Foreign("libuv", ("echo",), source="libuv_echo.cpp", needs="/usr/include/uv.h",
            package="libuv1-dev", flags=("-luv",)),
    Foreign("libevent", ("echo",), source="libevent_echo.cpp", needs="/usr/include/event2/event.h",
            package="libevent-dev", flags=("-levent",)),
    Foreign("Asio, callbacks", ("echo",), source="asio_callbacks_echo.cpp", needs=ASIO, package="libasio-dev"),
    Foreign("Asio, coroutines", ("echo",), source="asio_echo.cpp", needs=ASIO, package="libasio-dev"),
    Rust("tokio", ("echo",), source="tokio_echo.rs", needs=f"{CRATES}/tokio-1.24.2", package="librust-tokio-dev",
         crates='tokio = { version = "*", features = ["rt", "net", "io-util", "macros"] }'),
    Rust("mio", ("echo",), source="mio_echo.rs", needs=f"{CRATES}/mio-0.8.4", package="librust-mio-dev",
         crates='mio = { version = "*", features = ["os-poll", "net"] }'),
    Foreign("design of the originals", ("echo",), source="original_echo.cpp", needs="/usr/bin/g++", package="g++",
            flags=("-pthread",)),
    Foreign("Go", ("echo",), source="go_echo.go", needs=GO, package="golang-go", under_valgrind=False),
    Foreign("Node", ("echo",), source="node_echo.js", needs=NODE, package="nodejs", under_valgrind=False),
    Peer("raw_epoll_server", ("http",), "raw_epoll_server", takes_arguments=True),
    Peer("hello_server", ("http",), "hello_server"),
    Peer("http_server", ("http", "live"), "http_server"),
    Peer("http_server --live", ("live",), "http_server", takes_arguments=True),
    Peer("... and looked at", ("live",), "http_server", takes_arguments=True),
    Configured("nginx", ("http",), needs="/usr/sbin/nginx", package="nginx-light", config=NGINX,
               options=("-e", "{folder}/start.log", "-c", "{folder}/config")),
    Configured("h2o", ("http",), needs="/usr/bin/h2o", package="h2o", config=H2O,
               options=("-c", "{folder}/config")),
    Foreign("Boost.Beast", ("http",), source="beast_http.cpp", needs="/usr/include/boost/beast.hpp",
            package="libboost-dev"),
    Foreign("Go", ("http",), source="go_http.go", needs=GO, package="golang-go", under_valgrind=False),
    Foreign("Node", ("http",), source="node_http.js", needs=NODE, package="nodejs", under_valgrind=False),
)
