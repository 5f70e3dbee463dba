#!/usr/bin/env python3
"""Attacks a server on this machine, and reports how its other clients fare meanwhile.

    attack.py PORT ATTACK [--clients N] [--seconds S] [--pid PID]

    attack.py 8000 slow-heads --clients 1000 --seconds 3

An ordinary client requests / every 50 ms while the attack goes on: it gets what all other clients
would get. With --pid the memory and the descriptors of the server are shown, before and after.
The attacks:

    silence       connect, and send nothing
    slow-heads    send a head byte by byte that never ends ("slowloris")
    slow-bodies   the same with a body that was announced as a large one
    slow-readers  request much, and read a byte now and then
    never-read    send one request after another, and read nothing
    resets        reset the connection after every byte of a request, and within its answer
    flood         connect, send a request and leave, as fast as possible
    crowd         connect all clients at once, send requests, and stay
    lengths       send bodies of impossible lengths, and of lengths that fit into no type
    smuggling     send requests for which two servers in a row might find different ends

It connects to 127.0.0.1 and to no other address.
"""

import argparse
import asyncio
import os
import re
import resource
import socket
import struct
import sys
import time
from collections import Counter
from pathlib import Path

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
MANY = GET * 2000
BEAT = 0.25  # seconds between two bytes of a slow client


class Client:
    """A connection on a bare socket: the attack decides which bytes are sent, and how it ends."""

    def __init__(self, receive_buffer: int = 0):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.received = b""
        self.asked = 0  # bytes of requests sent, in attacks that keep sending requests

    @classmethod
    async def connect(cls, port: int, **options) -> "Client":
        client = cls(**options)
        try:
            await asyncio.get_running_loop().sock_connect(client.socket, ("127.0.0.1", port))
        except BaseException:
            client.socket.close()
            raise
        return client

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def read(self, size: int = 65536) -> bytes:
        part = await asyncio.get_running_loop().sock_recv(self.socket, size)
        self.received = (self.received + part)[-65536:]
        return part

    async def read_to_the_end(self) -> None:
        """Reads until the server closes, or has sent nothing for a while."""
        try:
            while await asyncio.wait_for(self.read(), 1):
                pass
        except (ConnectionError, TimeoutError):
            pass

    def statuses(self) -> list[int]:
        """The statuses of all answers in the received data."""
        return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", self.received)]

    def reset(self) -> None:
        """Closes so that the server gets a RST instead of a FIN [socket(7), SO_LINGER]."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def is_whole(received: bytes) -> bool:
    """Whether `received` is one answer with its whole body, and nothing else."""
    head, blank, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return bool(blank and length) and len(body) == int(length[1])


# --- the attacks: each returns its counts ---------------------------------------------------------


async def slow(port: int, seconds: float, begin: bytes, beat) -> float | int | None:
    """Sends `begin`, then calls `beat` now and then. Returns the status with which the server ends the
    connection, 0 if it ends without one, None if it does not end within `seconds`."""
    end = time.monotonic() + seconds
    try:
        with await Client.connect(port, receive_buffer=4096) as client:
            await client.send(begin)
            while time.monotonic() < end:
                await asyncio.sleep(BEAT)
                if await beat(client):
                    return (client.statuses() or [0])[-1]
    except ConnectionError:
        return 0
    return None


async def send_a_byte(client: Client) -> bool:
    """True if the server has closed."""
    await client.send(b"x")
    try:
        while await asyncio.wait_for(client.read(), 0.001):
            pass
        return True
    except TimeoutError:
        return False


async def say_nothing(client: Client) -> bool:
    try:
        return not await asyncio.wait_for(client.read(), 0.001)
    except TimeoutError:
        return False


async def read_nothing(client: Client) -> bool:
    """Sends as many requests as the socket takes; a partial one is completed by the next call."""
    try:
        while client.asked < 10_000_000:
            client.asked += client.socket.send(MANY[client.asked % len(GET):])
    except BlockingIOError:
        pass
    return False  # a server that has closed makes send fail


async def read_a_byte(client: Client) -> bool:
    await read_nothing(client)
    return not await client.read(1)


async def many_slow(port: int, clients: int, seconds: float, begin: bytes, beat) -> dict:
    ends = Counter(await asyncio.gather(
        *(slow(port, seconds, begin, beat) for _ in range(clients))))
    still_there = ends.pop(None, 0)
    return {"clients": clients, "closed by the server": clients - still_there,
            **{f"of them with {status}": n for status, n in sorted(ends.items()) if status}}


def silence(port: int, clients: int, seconds: float):
    return many_slow(port, clients, seconds, b"", say_nothing)


def slow_heads(port: int, clients: int, seconds: float):
    return many_slow(port, clients, seconds, GET[:-2] + b"X-Slow: ", send_a_byte)


def slow_bodies(port: int, clients: int, seconds: float):
    return many_slow(port, clients, seconds, POST + b"Content-Length: 1000000\r\n\r\n", send_a_byte)


def slow_readers(port: int, clients: int, seconds: float):
    return many_slow(port, clients, seconds, b"", read_a_byte)


def never_read(port: int, clients: int, seconds: float):
    return many_slow(port, clients, seconds, b"", read_nothing)


async def resets(port: int, clients: int, seconds: float) -> dict:
    """Runs the whole round `clients` times, for `seconds` at most."""
    request = POST + b"Content-Length: 5\r\n\r\nHello"
    end = time.monotonic() + seconds
    broken_off = 0
    for _ in range(clients):
        for size in range(len(request) + 10):
            if time.monotonic() > end:
                break
            client = await Client.connect(port)
            try:
                await client.send(request[:size])
                for _ in range(size - len(request)):  # some bytes of its answer
                    await asyncio.wait_for(client.read(1), 1)
            except (ConnectionError, TimeoutError):
                pass
            client.reset()
            broken_off += 1
    return {"connections broken off": broken_off}


async def flood(port: int, clients: int, seconds: float) -> dict:
    """Runs `clients` clients at a time."""
    end = time.monotonic() + seconds
    counts: Counter = Counter()

    async def one() -> None:
        while time.monotonic() < end:
            try:
                client = await Client.connect(port)
                await client.send(GET)
                client.reset()
                counts["connections"] += 1
            except OSError as error:
                counts[f"errors: {error.strerror}"] += 1
                await asyncio.sleep(0.01)

    await asyncio.gather(*(one() for _ in range(clients)))
    return dict(counts)


async def crowd(port: int, clients: int, seconds: float) -> dict:
    async def one() -> str:
        try:
            with await asyncio.wait_for(Client.connect(port), seconds) as client:
                await client.send(GET)
                while not client.statuses():
                    if not await asyncio.wait_for(client.read(), seconds):
                        return "closed without an answer"
                await asyncio.sleep(seconds)
                return "answered"
        except ConnectionError:
            return "closed without an answer"
        except TimeoutError:
            return "waited in vain"

    return {"clients": clients,
            **Counter(await asyncio.gather(*(one() for _ in range(clients))))}


NUMBERS = (b"18446744073709551615", b"18446744073709551616", b"9223372036854775807",
           b"9223372036854775808", b"4294967296", b"99999999999", b"-1", b"+1", b"0x10", b"1e3", b"",
           b"1" * 400, b"5, 6", b"5;6", "\N{ARABIC-INDIC DIGIT FIVE}".encode())
LENGTHS = {
    **{b"Content-Length: " + number: POST + b"Content-Length: " + number + b"\r\n\r\nHello"
       for number in NUMBERS},
    **{b"a chunk of " + size: POST + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\nHello"
       for size in (b"ffffffffffffffff", b"10000000000000000", b"8000000000000000", b"-1", b"+5",
                    b"0x5", b"", b"f" * 400, b"g")},
}

# Requests on whose length two servers in a row must agree, and have not agreed [RFC 9112 6.3, 11.2].
# All of them are to be refused, and nothing behind them is to be taken for a request.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
SMUGGLING = {
    b"a length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"two lengths": b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    b"two equal codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"chunked, and then not": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"a coding with a trick": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"a coding with a tab": b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    b"a blank before the colon": b"Content-Length : 5\r\n\r\n",
    b"a folded line": b"X: a\r\n Content-Length: 5\r\n\r\n",
    b"a bare CR": b"X: a\rContent-Length: 5\r\n\r\n",
    b"a NUL": b"X: \x00\r\nContent-Length: 0\r\n\r\n",
    b"a chunk with a bare LF": b"Transfer-Encoding: chunked\r\n\r\n0\n\n",
    b"a chunk size with a blank": b"Transfer-Encoding: chunked\r\n\r\n0 1\r\n\r\n",
}


async def answers_to(port: int, requests: dict[bytes, bytes]) -> dict:
    """Which requests were refused: by one answer that is no success, or by closing without one."""
    taken = []
    for name, request in requests.items():
        with await Client.connect(port) as client:
            try:
                await client.send(request)
                await client.read_to_the_end()
            except ConnectionError:
                pass
            statuses = client.statuses()
        if len(statuses) > 1 or 200 in statuses:
            taken.append(name.decode(errors="replace")[:60])
    return {"requests": len(requests), "refused": len(requests) - len(taken), "not refused": taken}


def lengths(port: int, _clients: int, _seconds: float):
    return answers_to(port, LENGTHS)


def smuggling(port: int, _clients: int, _seconds: float):
    return answers_to(port, {name: POST + fields + SMUGGLED for name, fields in SMUGGLING.items()})


ATTACKS = {"silence": silence, "slow-heads": slow_heads, "slow-bodies": slow_bodies,
           "slow-readers": slow_readers, "never-read": never_read, "resets": resets,
           "flood": flood, "crowd": crowd, "lengths": lengths, "smuggling": smuggling}


# --- what is measured meanwhile -------------------------------------------------------------------


async def ask_once(port: int) -> bool:
    with await Client.connect(port) as client:
        await client.send(GET)
        while not client.statuses():
            if not await client.read():
                return False
        return client.statuses() == [200]


async def bystander(port: int, over: asyncio.Event, limit: float = 5) -> dict:
    """Sends one request after another until the attack is over."""
    counts = {"others": 0, "others answered": 0, "slowest": 0.0}
    while not over.is_set():
        begin = time.monotonic()
        answered = False
        try:
            answered = await asyncio.wait_for(ask_once(port), limit)
        except OSError:
            pass
        counts["others"] += 1
        counts["others answered"] += answered
        counts["slowest"] = max(counts["slowest"], time.monotonic() - begin)
        await asyncio.sleep(0.05)
    return counts


def process(pid: int) -> dict:
    """Memory in bytes and the number of descriptors of a process [proc(5)]; nothing if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        return {"memory": 1024 * int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]),
                "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}
    except (OSError, TypeError):
        return {}


async def attack(name: str, port: int, clients: int, seconds: float, pid: int | None = None) -> dict:
    """Returns the counts of the attack and of its bystander."""
    before = process(pid) if pid else {}
    over = asyncio.Event()
    watching = asyncio.create_task(bystander(port, over))
    try:
        seen = await ATTACKS[name](port, clients, seconds)
    except OSError as error:
        seen = {"broken off": error.strerror or str(error)}
    over.set()
    seen |= await watching
    after = process(pid) if pid else {}
    if pid and not after:
        seen["the server is gone"] = True
    return seen | {f"{what} {when}": value for when, found in (("before", before), ("after", after))
                   for what, value in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("attack", choices=ATTACKS)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--pid", type=int)
    given = parser.parse_args()
    many = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, many))
    seen = asyncio.run(attack(given.attack, given.port, given.clients, given.seconds, given.pid))
    for what, value in seen.items():
        if isinstance(value, list):
            value = "; ".join(value) or "none"
        print(f"{what:>22}: " + (f"{value:.2f} s" if isinstance(value, float) else str(value)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
