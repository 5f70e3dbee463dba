#!/usr/bin/python3
"""Attacks both HTTP servers: whatever a client does, the others are answered, and nothing grows.

    .ci/hostile/check.py build/release/bin

The attacks are those of 04_event_loop/examples/attack.py, and some for which one has to own the server.
Both servers are attacked at the same time. All goes to loopback; some of it in a network namespace,
where this machine lets us make one, and what cannot be done here is told.
"""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / ".ci/clients"), str(ROOT / "04_event_loop/examples")]

import attack  # noqa: E402
from raw import RawClient, post  # noqa: E402
from servers import Server, Wrong, command, equal, require  # noqa: E402

SERVERS = ("hello_server", "http_server")
# Limits of a second: an attack shall be over before its reader is tired of waiting. (But a client of
# Python that has a thousand brothers may take a second until it says its first word.)
SHORT = [word for name in ("head", "body", "write") for word in (f"--{name}-timeout", "1")]
SHORT_IDLE = ["--idle-timeout", "1"]
REPETITIONS = 6
PATIENCE = 20.0  # seconds in which a server that has a second to react has done so on any machine

# name, clients, seconds; how many of the clients the server has to end by itself, and with what
ATTACKS = (
    ("silence", 1000, PATIENCE, {"closed by the server": 1000}),
    ("slow-heads", 1000, PATIENCE, {"closed by the server": 1000, "of them with 408": 1000}),
    ("slow-bodies", 1000, PATIENCE, {"closed by the server": 1000, "of them with 408": 1000}),
    ("slow-readers", 30, PATIENCE, {"closed by the server": 30}),
    ("never-read", 30, PATIENCE, {"closed by the server": 30}),
    ("resets", 5, PATIENCE, {"connections broken off": 5 * 62}),
    ("flood", 16, 2, {}),
    ("lengths", 1, 0, {"refused": len(attack.LENGTHS)}),
    ("smuggling", 1, 0, {"refused": len(attack.SMUGGLING)}),
)


def settle(server: Server, descriptors: int) -> None:
    """Waits until the server has closed what the attack has left."""
    deadline = time.monotonic() + PATIENCE
    while attack.process(server.process.pid)["descriptors"] > descriptors:
        require(time.monotonic() < deadline, f"{server.program} does not close its connections")
        time.sleep(0.05)


def attacked(binaries: str, program: str, name: str, clients: int, seconds: float, wanted: dict) -> str:
    """The attack, until a repetition finds all memory in place: what leaks grows with each of them.

    How much a server holds at once depends on how many of the clients happen to meet, so that the
    second attack may still find a new peak. Memory that is never returned grows every time.
    """
    with Server(binaries, program, *(SHORT_IDLE if name == "silence" else SHORT)) as server:
        pid = server.process.pid
        with RawClient(server.port) as client:
            client.send(server.get)
            client.answer()
        start = attack.process(pid)["descriptors"]
        memory = []
        for _ in range(REPETITIONS):
            seen = asyncio.run(attack.attack(name, server.port, clients, seconds, pid))
            server.alive()
            for what, count in wanted.items():
                equal(f"{name}: {what}", seen.get(what), count)
            require(seen["others answered"] == seen["others"] > 0, f"{name}: others got no answer: {seen}")
            settle(server, start)
            memory.append(attack.process(pid)["memory"])
            if len(memory) > 1 and memory[-1] - memory[-2] < 4096 * max(clients, 100):
                return (f"{seen['others']} others answered, slowest {seen['slowest'] * 1000:.0f} ms, "
                        f"{memory[-1] / 1e6:.1f} MB, time {len(memory)} "
                        f"{(memory[-1] - memory[-2]) / 1e3:+.0f} kB")
        raise Wrong(f"{name}: the server grows with each attack: {memory} bytes")


def few_descriptors(binaries: str, program: str) -> str:
    """500 clients that stay, and 64 descriptors: all of them are answered, one after the other."""
    with Server(binaries, program, *SHORT, descriptors=64) as server:
        seen = asyncio.run(attack.attack("crowd", server.port, 500, 3, server.process.pid))
        equal("answered", seen.get("answered"), 500)
        require(seen["others answered"] == seen["others"] > 0, f"others got no answer: {seen}")
        return f"500 of 500 answered with 64 descriptors, and {seen['others']} others"


def many_connections(binaries: str, program: str) -> str:
    """100,000 connections, one after the other: not a byte for each of them stays."""
    with Server(binaries, program, *SHORT) as server:
        memory = []
        for count in (10_000, 90_000):
            said = command("ab", "-q", "-n", str(count), "-c", "50", server.url, limit=120)
            require("Failed requests:        0" in said, said)
            memory.append(attack.process(server.process.pid)["memory"])
        grown = memory[1] - memory[0]
        require(grown < 1 << 20, f"the server has grown by {grown} bytes over 90,000 connections")
        return f"after 10,000 {memory[0] / 1e6:.1f} MB, after 100,000 {grown / 1e3:+.0f} kB"


def stopped_and_continued(binaries: str, program: str) -> str:
    """The process stands still for a while, again and again; all that its clients notice is that."""
    with Server(binaries, program) as server:
        load = subprocess.Popen(["wrk", "-t1", "-c32", "-d3s", server.url], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        stops = 0
        while load.poll() is None:
            server.process.send_signal(signal.SIGSTOP)
            time.sleep(0.02)
            server.process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
            stops += 1
        said = load.stdout.read()
        require("Non-2xx" not in said and "Socket errors" not in said, said)
        with RawClient(server.port) as client:
            client.send(server.get)
            equal("status", client.answer()[0], 200)
        answers = [line.strip() for line in said.splitlines() if "requests in" in line]
        return f"stopped {stops} times, {answers[0].split(',')[0]}, no error"


def drained_under_load(binaries: str, program: str) -> str:
    """SIGTERM while 64 clients keep asking: each of them gets whole answers, and then the end."""
    async def ask_on(port: int) -> int:
        whole = 0
        with await attack.Client.connect(port) as client:
            while True:
                client.received = b""
                try:
                    await client.send(attack.GET)
                    while not attack.is_whole(client.received):
                        if not await client.read():
                            require(client.received == b"", f"part of an answer: {client.received!r}")
                            return whole
                except ConnectionError:
                    require(client.received == b"", f"part of an answer: {client.received!r}")
                    return whole
                whole += 1

    async def all_of_them(server: Server) -> int:
        asking = [asyncio.create_task(ask_on(server.port)) for _ in range(64)]
        await asyncio.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        return sum(await asyncio.wait_for(asyncio.gather(*asking), PATIENCE))

    answers = 0
    for _ in range(3):
        with Server(binaries, program) as server:
            answers += asyncio.run(all_of_them(server))
            equal("exit status", server.process.wait(timeout=PATIENCE), 0)
    return f"3 times: {answers} answers, all whole"


# --- in a network namespace, whose loopback can be spoiled ----------------------------------------


def shell(*words: str) -> str | None:
    """None, or why it did not work."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 else " ".join(done.stdout.split()) or f"{words[0]} failed"


def cut_off(binaries: str, program: str) -> str:
    """The network fails, and the clients are gone when it comes back: the server never hears of it."""
    with Server(binaries, program, *SHORT, *SHORT_IDLE) as server:
        start = attack.process(server.process.pid)["descriptors"]
        clients = [RawClient(server.port) for _ in range(90)]
        for at, client in enumerate(clients):  # idle, in a head, in a body
            client.send((server.get, server.get[:10], post("/", b"x" * 1000)[:-500])[at % 3])
        for client in clients[::3]:
            client.answer()
        require(shell("ip", "link", "set", "lo", "down") is None, "lo is still up")
        for client in clients:
            client.reset()  # the reset gets lost
        require(shell("ip", "link", "set", "lo", "up") is None, "lo is still down")
        held = attack.process(server.process.pid)["descriptors"] - start
        require(held > 0, "no connection was half-open")
        settle(server, start)
        with RawClient(server.port) as client:
            client.send(server.get)
            equal("status", client.answer()[0], 200)
        return f"{held} half-open connections closed"


def spoiled(binaries: str, program: str, *discipline: str) -> str:
    """Uploads and answers over a bad network: whole."""
    why = shell("tc", "qdisc", "add", "dev", "lo", "root", *discipline)
    if why:
        return f"NOT DONE, this kernel has no {discipline[0]}: {why}"
    try:
        with Server(binaries, program) as server:
            for _ in range(5):
                with RawClient(server.port) as client:
                    for size in (0, 1, 50_000):
                        client.send(post("/", b"x" * size))
                        equal("status", client.answer()[0], 200)
            return "15 requests, all answered"
    finally:
        shell("tc", "qdisc", "del", "dev", "lo", "root")


def in_namespace(binaries: str) -> None:
    # Packets as on a real network: loopback's own hold 64 KiB.
    require(shell("ip", "link", "set", "lo", "mtu", "1500", "up") is None, "no loopback here")
    for program in SERVERS:
        for title, check in (
                ("half-open", lambda: cut_off(binaries, program)),
                ("delay and loss", lambda: spoiled(binaries, program, "netem", "delay", "20ms", "10ms",
                                                   "loss", "2%")),
                ("a thin line", lambda: spoiled(binaries, program, "tbf", "rate", "4mbit", "burst",
                                                "10kb", "latency", "50ms"))):
            tell(program, title, check)


def enter_namespace(binaries: str) -> None:
    for words in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        if shell(*words, "true") is None:
            done = subprocess.run([*words, sys.executable, __file__, "--in-namespace", binaries])
            require(done.returncode == 0, "see above")
            return
    print("  NOT DONE: this machine allows no network namespace (half-open, delay and loss)")


# --------------------------------------------------------------------------------------------------


def tell(program: str, title: str, check) -> None:
    begin = time.monotonic()
    try:
        said = check()
    except (Wrong, OSError, TimeoutError) as error:
        print(f"  {program}: {title}: WRONG\n{error}", flush=True)
        raise
    print(f"  {program:12} {title:16} {said}  ({time.monotonic() - begin:.1f} s)", flush=True)


def all_attacks(binaries: str, program: str) -> None:
    for name, clients, seconds, wanted in ATTACKS:
        tell(program, name, lambda: attacked(binaries, program, name, clients, seconds, wanted))
    for title, check in (("64 descriptors", few_descriptors), ("100,000 clients", many_connections),
                         ("STOP and CONT", stopped_and_continued), ("SIGTERM", drained_under_load)):
        tell(program, title, lambda: check(binaries, program))


def main() -> int:
    if len(sys.argv) == 3 and sys.argv[1] == "--in-namespace":
        in_namespace(sys.argv[2])
        return 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    binaries = os.path.abspath(sys.argv[1])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ProcessPoolExecutor(len(SERVERS)) as pool:
        for _ in pool.map(all_attacks, [binaries] * len(SERVERS), SERVERS):
            pass
    enter_namespace(binaries)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Wrong, OSError, TimeoutError) as error:
        print(f"hostile: {type(error).__name__}", file=sys.stderr)
        sys.exit(1)
