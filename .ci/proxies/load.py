"""Clients that ask without pause, and compare every byte of every answer."""

import http.client
import random
import threading

from processes import PATIENCE

HELLO = b"Hello! I am an epoll server."


class Load:
    """`threads` clients of a port, until the end of `with`. `requests`: how many were answered as
    they should be; `failures`: what happened to the others."""

    def __init__(self, port: int, upload: bool, threads: int = 6, keep: bool = True, seed: int = 1):
        self.port, self.upload, self.keep = port, upload, keep
        self.requests, self.failures = 0, []
        self._lock, self._over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(random.Random(seed + number),))
                         for number in range(threads)]

    def _run(self, chance: random.Random) -> None:
        client = None
        while not self._over.is_set():
            if client is None:
                client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            trouble = self._ask(client, chance)
            with self._lock:
                self.requests += not trouble
                self.failures += [trouble] if trouble else []
            if trouble or not self.keep:
                client.close()
                client = None

    def _ask(self, client: http.client.HTTPConnection, chance: random.Random) -> str:
        """What went wrong; empty if nothing did."""
        method, path, body, right = "GET", "/hello", None, HELLO
        if chance.random() < 0.3:
            method, body = "POST", chance.randbytes(chance.randrange(1, 20_000))
            path, right = ("/echo", body) if self.upload else ("/hello", HELLO)
        fields = {"Host": "www.example.com"}
        if not self.keep:
            fields["Connection"] = "close"
        try:
            client.request(method, path, body, fields)
            answer = client.getresponse()
            got = answer.read()
        except (OSError, http.client.HTTPException) as error:
            return f"{method}: {type(error).__name__} {error}"
        if answer.status != 200:
            return f"{method}: status {answer.status}"
        return "" if got == right else f"{method}: {len(got)} bytes instead of {len(right)}"

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
