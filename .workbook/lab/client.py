#!/usr/bin/python3
"""Clients of the diagnosis lab.

    .workbook/lab/client.py crowd PORT       40 clients that stay for 5 seconds
    .workbook/lab/client.py hang-up PORT     20 clients that send a message and their end in one segment
    .workbook/lab/client.py upload PORT      one that uploads for 2 seconds, in chunks of one byte
    .workbook/lab/client.py pairs PORT       sends two lines at once, and times their answers
"""

import socket
import sys
import time

ONE_BYTE_CHUNKS = b"000000000000001\r\nx\r\n" * 4_000  # much to parse, and little to keep
BODY_LIMIT = 60 << 20  # bytes: a server may refuse 64 MiB
UPLOAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def hang_up(port: int, pause=lambda: time.sleep(0.01)) -> None:
    """Has a message echoed, sends another one and the end together, reads the echo, and leaves."""
    with connect(port) as client:
        client.sendall(b"hello")
        client.recv(5, socket.MSG_WAITALL)
        pause()  # until the server waits for an event
        client.send(b"hello", socket.MSG_MORE)  # kept back until the end goes with it [send(2)]
        client.shutdown(socket.SHUT_WR)
        client.recv(5, socket.MSG_WAITALL)


def upload(port: int, seconds: float = 2, begun=lambda: None) -> int:
    """Sends a body for so long; how many bytes that were. `begun` is called after the first of them."""
    sent = ONE_BYTE_CHUNKS.count(b"x")
    with connect(port) as client:
        client.sendall(UPLOAD + ONE_BYTE_CHUNKS)
        begun()
        end = time.monotonic() + seconds
        while time.monotonic() < end and sent < BODY_LIMIT:
            client.sendall(ONE_BYTE_CHUNKS)
            sent += ONE_BYTE_CHUNKS.count(b"x")
    return sent


def pairs(port: int, count: int) -> list[float]:
    """The seconds between the answers to two lines that are sent together."""
    gaps = []
    with connect(port) as client:
        answers = client.makefile("rb")
        for _ in range(count):
            client.sendall(b"one\ntwo\n")
            answers.readline()
            first = time.monotonic()
            answers.readline()
            gaps.append(time.monotonic() - first)
    return gaps


def main() -> None:
    what, port = sys.argv[1], int(sys.argv[2])
    if what == "crowd":
        crowd = [connect(port) for _ in range(40)]
        time.sleep(5)
        print(len(crowd), "clients")
    elif what == "hang-up":
        for _ in range(20):
            hang_up(port)
    elif what == "upload":
        print(f"{upload(port, begun=lambda: print('uploading', flush=True))} bytes")
    elif what == "pairs":
        print(" ".join(f"{1000 * gap:.1f}" for gap in pairs(port, 10)), "ms")


if __name__ == "__main__":
    main()
