#!/usr/bin/python3
"""The servers behind real proxies, and under a stand-in for a service manager.

    .ci/proxies/check.py build/release/bin

Each line is one check, with what it counted; the first that fails ends the run with exit code 1.
"""

import http.client
import os
import random
import signal
import socket
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from load import HELLO, Load
from processes import (DEPLOY, PATIENCE, Certificate, Manager, Proxy, Server, Wrong, accepts, equal,
                       free_port, require, until)
from raw import RawClient
from servers import command

NAMES = ["one", "two", "three"]
SITE = ["http_server", "--host", "www.example.com"]
DELAY = ["--drain-delay", "1"]


def ask(port: int, path: str = "/hello") -> tuple[int, bytes, bool]:
    """Status and body of one answer, and whether the connection stays open."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        client.request("GET", path, headers={"Host": "www.example.com"})
        answer = client.getresponse()
        return answer.status, answer.read(), not answer.will_close
    finally:
        client.close()


def require_no_failure(load: Load) -> None:
    require(load.requests + len(load.failures) > 0, "nothing was asked")
    require(not load.failures, f"{len(load.failures)} requests failed, {load.requests} did not: "
            f"{load.failures[:5]}")


class Instances:
    """Three of a server, each on a port that stays the same when it is started again."""

    def __init__(self, stack: ExitStack, binaries: str, program: str, *arguments: str):
        self.stack, self.binaries, self.command = stack, binaries, [program, *arguments]
        self.servers = [self._start(str(free_port())) for _ in NAMES]
        stack.callback(self._kill)  # how they end has been seen by then

    def _start(self, port: str) -> Server:
        return self.stack.enter_context(
            Server(self.binaries, self.command[0], *self.command[1:], port=port))

    def _kill(self) -> None:
        for server in self.servers:
            server.process.kill()
            server.process.wait()

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def start_again(self, number: int) -> None:
        self.servers[number] = self._start(str(self.servers[number].port))


def rolling_restart(instances: Instances, proxy: Proxy, upload: bool, rounds: int) -> str:
    """Each instance in turn is ended and started again: no request fails, uploads among them."""
    with Load(proxy.port, upload) as load:
        for _ in range(rounds):
            for number, name in enumerate(NAMES):
                until(f"{name} is up", lambda: proxy.status_of(name) == "UP")
                instances.servers[number].stop()
                instances.start_again(number)
    require_no_failure(load)
    return f"{rounds * len(NAMES)} restarts, {load.requests} requests, 0 failed"


def notice(instances: Instances, proxy: Proxy) -> str:
    """From SIGTERM on /health says 503, while the door is still open and requests are answered."""
    server = instances.servers[0]
    equal("/health", ask(server.port, "/health")[:2], (200, b"ok\n"))
    server.process.send_signal(signal.SIGTERM)
    until("/health says 503", lambda: ask(server.port, "/health")[:2] == (503, b"draining\n"))
    equal("an answer meanwhile", ask(server.port), (200, HELLO, False))
    until("the proxy has noticed", lambda: proxy.status_of(NAMES[0]).startswith("DOWN"))
    require(accepts(server.port), "the listener was closed before the proxy had noticed")
    equal("exit code", server.process.wait(PATIENCE), 0)
    instances.start_again(0)
    until("the proxy sends it requests again", lambda: proxy.status_of(NAMES[0]) == "UP")
    return "503, then DOWN, then the listener closes"


def killed(instances: Instances, port: int) -> str:
    """SIGKILL. A GET is sent to another server; a POST that one had heard is lost, no other."""
    threads = 6
    with Load(port, True, threads) as load:
        until("there is load", lambda: load.requests > 200)
        instances.servers[1].process.kill()
        instances.servers[1].process.wait()
        before = load.requests
        until("it goes on", lambda: load.requests > before + 500)
    require(len(load.failures) <= threads, f"{len(load.failures)} failed: {load.failures[:9]}")
    lost_gets = [failure for failure in load.failures if failure.startswith("GET")]
    require(not lost_gets, f"a GET was not sent again: {lost_gets}")
    instances.start_again(1)
    return f"{load.requests} requests, {len(load.failures)} lost (a POST under way), no GET"


def slow_clients(port: int) -> str:
    """40 that send a byte at a time, 10 that read slowly: others are served, and so are they."""
    head = b"GET /hello HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(40)]
    readers = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(10)]
    for reader in readers:
        reader.sendall(head.replace(b"/hello", b"/stream?bytes=3000000"))
    with Load(port, True, threads=2) as load:
        for byte in head:
            for client in slow:
                client.sendall(bytes([byte]))
            for reader in readers:
                reader.recv(1000)
            time.sleep(0.01)
    require_no_failure(load)
    for client in slow:
        answer = b"".join(iter(lambda: client.recv(65536), b""))
        require(answer.endswith(HELLO), f"a slow client got {answer[:200]!r}")
        client.close()
    for reader in readers:
        left = sum(len(part) for part in iter(lambda: reader.recv(1 << 20), b""))
        require(left > 2_800_000, f"a slow reader got {left} bytes")
        reader.close()
    return f"50 of them; {load.requests} requests beside them, 0 failed"


def uploads(port: int) -> str:
    """Large bodies go through and come back as they were, with a length and in chunks."""
    chance = random.Random(7)
    total = 0
    for size in (1, 100_000, 5_000_000, 20_000_000):
        body = chance.randbytes(size)
        for given in (body, iter([body[at:at + 65536] for at in range(0, size, 65536)])):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            client.request("POST", "/echo", given, {"Host": "www.example.com"})
            answer = client.getresponse()
            equal("status", answer.status, 200)
            equal("the body that came back", answer.read(), body)
            client.close()
            total += size
    return f"8 bodies, {total:,} bytes each way"


def tls(proxy: Proxy, certificate: Certificate) -> str:
    url = f"https://www.example.com:{proxy.tls_port}"
    resolve = ["--resolve", f"www.example.com:{proxy.tls_port}:127.0.0.1"]
    curl = ["curl", "-sS", "--cacert", certificate.certificate, *resolve]
    equal("curl over TLS", command(*curl, f"{url}/hello").encode(), HELLO)
    equal("an upload over TLS", command(*curl, "-d", "name=x", f"{url}/echo"), "name=x")
    return "curl, two requests"


def address_of_client(folder: str, binaries: str, certificate: Certificate) -> str:
    """HAProxy tells whose connection it is; one that does not begin with that is closed."""
    program = [os.path.join(binaries, SITE[0]), *SITE[1:], "--proxy-protocol", "--verbose"]
    with Manager(*program) as manager:
        manager.start()
        with Proxy(folder, "haproxy_tcp.cfg", [manager.port], certificate) as proxy:
            until("its health check, with a header, too", lambda: proxy.status_of("one") == "UP")
            host = f"www.example.com:{proxy.tls_port}"
            said = command("curl", "-sS", "--cacert", certificate.certificate, "--interface",
                           "127.0.0.7", "--resolve", f"{host}:127.0.0.1", "-w",
                           " from %{local_ip}:%{local_port}", f"https://{host}/hello")
            line = said.rsplit(" from ", 1)[1] + " GET /hello\n"
            require(line.startswith("127.0.0.7:"), said)
            until("the address is in the log", lambda: line in manager.written())
            with RawClient(manager.port) as client:
                client.send(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
                with suppress(ConnectionResetError):  # what it has sent stays unread
                    client.expect_end()
        manager.stop()
    return f"logged: {line.strip()}"


def activation(folder: str, program: list[str]) -> str:
    """The manager's port stays open while there is no server: no client is refused, each is
    answered."""
    for where in ("", os.path.join(folder, os.path.basename(program[0]) + ".notify")):
        with Manager(*program, "--drain-delay", "0", where=where, watchdog=1) as manager:
            early = RawClient(manager.port)
            early.send(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            manager.start()
            equal("status for one that came early", early.answer()[0], 200)
            if program[0].endswith("/http_server"):
                manager.hears(b"WATCHDOG=1")
            manager.stop()
            early.expect_end()
            late = RawClient(manager.port)
            late.send(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            manager.start()
            equal("status for one that came between", late.answer()[0], 200)
            manager.stop()
    return "READY, WATCHDOG, STOPPING; by path and by abstract name"


def restart_with_sockets(managers: list[Manager], port: int, upload: bool, keep: bool) -> str:
    """Servers whose ports a manager holds are started again under load, each in turn: where one is
    gone, its clients wait in the queue."""
    rounds = 2
    with Load(port, upload, keep=keep) as load:
        for manager in managers * rounds:
            manager.stop()
            manager.start()
    require_no_failure(load)
    return f"{rounds * len(managers)} restarts, {load.requests} requests, 0 failed"


def behind_haproxy(folder: str, binaries: str, certificate: Certificate) -> None:
    with ExitStack() as stack:
        instances = Instances(stack, binaries, *SITE, *DELAY)
        proxy = stack.enter_context(Proxy(folder, "haproxy.cfg", instances.ports, certificate))
        check("HAProxy: health", lambda: notice(instances, proxy))
        check("HAProxy: TLS", lambda: tls(proxy, certificate))
        check("HAProxy: uploads", lambda: uploads(proxy.port))
        check("HAProxy: slow clients", lambda: slow_clients(proxy.port))
        check("HAProxy: rolling restart", lambda: rolling_restart(instances, proxy, True, 2))
        check("HAProxy: an instance killed", lambda: killed(instances, proxy.port))
    with ExitStack() as stack:
        instances = Instances(stack, binaries, "hello_server", *DELAY)
        proxy = stack.enter_context(Proxy(folder, "haproxy.cfg", instances.ports, certificate))
        check("HAProxy: rolling restart, hello_server",
              lambda: rolling_restart(instances, proxy, False, 1))


def behind_nginx(folder: str, binaries: str, certificate: Certificate) -> None:
    with ExitStack() as stack:
        instances = Instances(stack, binaries, *SITE)
        proxy = stack.enter_context(Proxy(folder, "nginx.conf", instances.ports, certificate))
        check("nginx: TLS", lambda: tls(proxy, certificate))
        check("nginx: uploads", lambda: uploads(proxy.port))
        check("nginx: slow clients", lambda: slow_clients(proxy.port))
        check("nginx: an instance killed", lambda: killed(instances, proxy.port))
    with managers_of([os.path.join(binaries, SITE[0]), *SITE[1:]], len(NAMES)) as managers, \
            Proxy(folder, "nginx.conf", [one.port for one in managers], certificate) as proxy:
        check("nginx: rolling restart, socket activation",
              lambda: restart_with_sockets(managers, proxy.port, upload=True, keep=True))


def units(folder: str, binaries: str) -> str:
    """systemd understands the two units of the book, every line of them."""
    for name in ("http_server.socket", "http_server.service"):
        text = (DEPLOY / name).read_text()
        Path(folder, name).write_text(text.replace("/usr/local/bin", binaries))
    files = [os.path.join(folder, name) for name in ("http_server.socket", "http_server.service")]
    equal("what systemd says of the units", command("systemd-analyze", "verify", *files), "")
    return "systemd-analyze verify: not a word"


def under_a_manager(folder: str, binaries: str, certificate: Certificate) -> None:
    check("systemd: units", lambda: units(folder, binaries))
    check("PROXY protocol", lambda: address_of_client(folder, binaries, certificate))
    for name, *arguments in (SITE, ["hello_server"]):
        program = [os.path.join(binaries, name), *arguments]
        check(f"{name}: socket activation", lambda: activation(folder, program))
        with managers_of(program, 1) as managers:
            check(f"{name}: restart without a proxy", lambda: restart_with_sockets(
                managers, managers[0].port, upload=False, keep=False))


@contextmanager
def managers_of(program: list[str], count: int):
    with ExitStack() as stack:
        managers = [stack.enter_context(Manager(*program, *DELAY)).start() for _ in range(count)]
        yield managers
        for manager in managers:
            manager.ask_to_stop()
        for manager in managers:
            manager.wait()


def check(title: str, does) -> None:
    begin = time.monotonic()
    try:
        said = does()
    except (Wrong, OSError):
        print(f"  {title}: WRONG", flush=True)
        raise
    print(f"  {title:44} {said}  ({time.monotonic() - begin:.1f} s)", flush=True)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    binaries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        certificate = Certificate(folder)
        for part in (behind_haproxy, behind_nginx, under_a_manager):
            part(folder, binaries, certificate)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Wrong, OSError) as error:
        print(f"proxies: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
