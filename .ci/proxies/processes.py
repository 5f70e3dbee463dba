"""What the check starts: proxies with the configurations of the book, and servers under a stand-in
for a service manager."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

CLIENTS = Path(__file__).parent.parent / "clients"
sys.path.insert(0, str(CLIENTS))

from servers import Server, Wrong, equal, require  # noqa: E402

DEPLOY = Path(__file__).parents[2] / "05_async_runtime/examples/deploy"
PATIENCE = 20  # seconds in which something has to come true


def free_port() -> int:
    """One from which no connection is made, so that it stays free while its server is away."""
    least, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    while True:
        port = random.randrange(10_000, max(int(least), 20_000))
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def until(what: str, holds) -> None:
    """Waits until `holds()`; an OSError is a no."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise Wrong(f"not within {PATIENCE} s: {what}")


def accepts(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
        return True


class Certificate:
    """One that signs itself, for www.example.com."""

    def __init__(self, folder: str):
        self.certificate = os.path.join(folder, "www.example.com.crt")
        self.key = os.path.join(folder, "www.example.com.key")
        self.both = os.path.join(folder, "www.example.com.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "1", "-subj", "/CN=www.example.com", "-addext",
             "subjectAltName=DNS:www.example.com", "-keyout", self.key, "-out", self.certificate],
            check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        Path(self.both).write_text(Path(self.certificate).read_text() + Path(self.key).read_text())


class Proxy:
    """A proxy that runs until the end of `with`. Its configuration is the one that a reader gets;
    only ports, paths and what a daemon would do are different."""

    def __init__(self, folder: str, name: str, ports: list[int], certificate: Certificate):
        self.name = name
        self.port, self.tls_port = free_port(), free_port()
        self.control = os.path.join(folder, f"{name}.sock")
        text = (DEPLOY / name).read_text()
        for number, port in enumerate(ports):
            text = text.replace(f"127.0.0.1:{8081 + number}", f"127.0.0.1:{port}")
        text = re.sub(r":443\b", f"127.0.0.1:{self.tls_port}", text)  # a port above may begin with 443
        text = text.replace(":80\n", f"127.0.0.1:{self.port}\n")
        text = text.replace("/etc/haproxy/www.example.com.pem", certificate.both)
        if name == "nginx.conf":
            text = text.replace("listen 80;", f"listen 127.0.0.1:{self.port};")
            text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.tls_port} ssl;")
            text = text.replace("/etc/nginx/www.example.com", certificate.key.removesuffix(".key"))
            text = text.replace("http {\n", "http {\n    access_log off;\n" + "".join(
                f"    {kind}_temp_path {folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")), 1)
        else:
            text = text.replace("global\n", f"global\n    stats socket {self.control}\n", 1)
        path = os.path.join(folder, name)
        Path(path).write_text(text)
        self.log = open(os.path.join(folder, f"{name}.log"), "w+b")
        self.process = subprocess.Popen(self._command(path, folder), stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)

    def _command(self, path: str, folder: str) -> list[str]:
        if self.name != "nginx.conf":
            return ["/usr/sbin/haproxy", "-db", "-f", path]
        user = "user root;" if os.getuid() == 0 else ""
        return ["/usr/sbin/nginx", "-p", folder, "-c", path, "-e", "stderr", "-g",
                f"daemon off; {user} pid {folder}/nginx.pid;"]

    def status_of(self, server: str) -> str:
        """What HAProxy thinks of one of its servers: UP, DOWN, ..."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.control)
            client.sendall(b"show stat\n")
            table = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        names = table.splitlines()[0].lstrip("# ").split(",")
        for line in table.splitlines()[1:]:
            row = dict(zip(names, line.split(",")))
            if row.get("svname") == server:
                return row["status"]
        raise Wrong(f"{self.name} has no server {server}")

    def __enter__(self) -> "Proxy":
        port = self.tls_port if self.name == "haproxy_tcp.cfg" else self.port
        try:
            until(f"{self.name} listens", lambda: self.process.poll() is not None or accepts(port))
            require(self.process.poll() is None, f"{self.name} has ended")
        except Wrong:
            self.__exit__(Wrong)
            raise
        return self

    def __exit__(self, kind, *_) -> None:
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        if kind is not None:
            self.log.seek(0)
            print(f"--- what {self.name} wrote ---\n{self.log.read()[-3000:].decode()}")
        self.log.close()


# Becomes the server, in the process whose number stands in LISTEN_PID.
EXEC = ("import os, sys; fd = int(sys.argv[1]); os.dup2(fd, 3); fd == 3 or os.close(fd);"
        "os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[2], sys.argv[2:])")


class Manager:
    """What systemd is for a unit of Type=notify with a socket: opens the port, starts the server
    with it, and hears how it stands."""

    def __init__(self, program: str, *arguments: str, where: str = "", watchdog: float = 0):
        self.command = [program, *arguments]
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.messages = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # Without a path, an abstract name of the kernel's choice.
        self.messages.bind(where or "")
        self.messages.settimeout(PATIENCE)
        name = self.messages.getsockname()
        self.environment = dict(
            os.environ, LISTEN_FDS="1", LISTEN_FDNAMES="http",
            NOTIFY_SOCKET=name if isinstance(name, str) else "@" + name[1:].decode())
        if watchdog:
            self.environment["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        self.log = tempfile.TemporaryFile()
        self.process = None

    def begin(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", EXEC, str(self.listener.fileno()), *self.command],
            pass_fds=[self.listener.fileno()], env=self.environment, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)

    def hears(self, wanted: bytes) -> None:
        while (said := self.messages.recv(4096)) == b"WATCHDOG=1" and said != wanted:
            continue
        equal(f"what {self.command[0]} tells its manager", said, wanted)

    def start(self) -> "Manager":
        self.begin()
        self.hears(b"READY=1")
        return self

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.hears(b"STOPPING=1")

    def stop(self) -> None:
        self.ask_to_stop()
        self.wait()

    def wait(self) -> None:
        equal(f"exit code of {self.command[0]} after SIGTERM", self.process.wait(PATIENCE), 0)

    def written(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def __enter__(self) -> "Manager":
        return self

    def __exit__(self, kind, *_) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print(f"--- what {self.command[0]} wrote ---\n{self.written()[-3000:]}")
        for thing in (self.listener, self.messages, self.log):
            thing.close()
