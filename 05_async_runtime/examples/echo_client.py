#!/usr/bin/env python3
"""A stricter client for the original runtime's echo server: every byte is compared.

    build/release/bin/async_echo_server 8080 &
    05_async_runtime/examples/echo_client.py --port 8080
    05_async_runtime/examples/echo_client.py --port 8080 --threads 100 --times 10
    05_async_runtime/examples/echo_client.py --port 8080 --sizes

Each thread has a connection of its own, sends `HELLO WORLD[1]`, waits until it has come back, sends
`HELLO WORLD[2]`, and so on. The original assumes that a message is one send and one recv; this client
sends the whole message and receives exactly as many bytes. At the end no further byte may arrive.

Exit status: 0; 1 if a byte was wrong, missing or superfluous, or the time ran out; 2 for an invalid
command line.
"""

import argparse
import socket
import sys
import threading
import time

SIZES = (1, 2, 3, 13, 100, 1023, 1024, 1025, 4095, 4096, 4097, 65536, 100_003, 1_000_000)
TINY = 2304  # the kernel's smallest receive buffer [socket(7), SO_RCVBUF]


class Wrong(Exception):
    """What came back is not what was sent."""


def connect(options) -> socket.socket:
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.settimeout(options.limit)
    if options.sizes:  # before connecting, which negotiates the window
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, TINY)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.connect((options.host, options.port))
    return client


def receive_exactly(client: socket.socket, count: int) -> bytes:
    """Receives `count` bytes, in however many pieces they arrive."""
    received = bytearray()
    while len(received) < count:
        piece = client.recv(min(count - len(received), 1 << 16))
        if not piece:
            raise Wrong(f"the server ended after {len(received)} of {count} bytes")
        received += piece
    return bytes(received)


def compare(sent: bytes, received: bytes) -> None:
    if sent != received:
        at = next(i for i, (one, other) in enumerate(zip(sent, received)) if one != other)
        raise Wrong(f"byte {at} of {len(sent)} is {received[at]:#04x} instead of {sent[at]:#04x}")


def short_messages(client: socket.socket, options) -> int:
    for i in range(1, options.messages + 1):
        message = f"HELLO WORLD[{i}]".encode() * options.times
        client.sendall(message)
        received = receive_exactly(client, len(message))
        compare(message, received)
        if options.show:
            print(f"RECEIVE DATA: '{received.decode()}' in THREAD[{threading.current_thread().name}]")
    return options.messages


def all_sizes(client: socket.socket, number: int) -> int:
    """Messages from a byte to a megabyte. A second thread sends, because a message that is larger than
    all buffers on its way cannot be sent completely before receiving begins."""
    for size in SIZES:
        message = bytes((number + size + i * 31 + (i >> 8)) & 255 for i in range(size))
        sender = threading.Thread(target=client.sendall, args=(message,), daemon=True)
        sender.start()
        compare(message, receive_exactly(client, size))
        sender.join()
    return len(SIZES)


class Results:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.messages = 0
        self.errors: list[str] = []


def converse(number: int, options, results: Results) -> None:
    try:
        with connect(options) as client:
            count = all_sizes(client, number) if options.sizes else short_messages(client, options)
            client.shutdown(socket.SHUT_WR)
            if extra := client.recv(1024):
                raise Wrong(f"{len(extra)} bytes more than were sent")
        with results.lock:
            results.messages += count
    except (Wrong, OSError) as error:
        with results.lock:
            results.errors.append(f"thread {number}: {error}")


def main() -> int:
    parser = argparse.ArgumentParser(description="sends messages to an echo server, and compares")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--threads", type=int, default=10, help="connections at once (10)")
    parser.add_argument("--messages", type=int, default=1024, help="for each of them (1024)")
    parser.add_argument("--times", type=int, default=1, help="each message so many times over (1)")
    parser.add_argument("--sizes", action="store_true",
                        help="messages of 1 byte to 1,000,000 through tiny socket buffers instead")
    parser.add_argument("--show", action="store_true", help="print each message, as the original does")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for all of it (60)")
    options = parser.parse_args()
    if min(options.threads, options.messages, options.times) < 1 or options.limit <= 0:
        parser.error("numbers have to be positive")

    results = Results()
    begin = time.monotonic()
    threads = [threading.Thread(target=converse, args=(i, options, results), daemon=True)
               for i in range(1, options.threads + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, begin + options.limit - time.monotonic()))
    took = time.monotonic() - begin

    late = sum(thread.is_alive() for thread in threads)
    with results.lock:
        if late:
            results.errors.append(f"{late} of {options.threads} threads not done in {options.limit} s")
        for error in results.errors:
            print(error, file=sys.stderr)
        print(f"{options.threads} threads, {results.messages} messages came back whole and in order, "
              f"{took:.2f} s")
        return 1 if results.errors else 0


if __name__ == "__main__":
    sys.exit(main())
