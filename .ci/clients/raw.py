"""A client on a bare socket: it decides itself which bytes travel in which segment."""

import re
import socket
import struct

from servers import Wrong, equal, require


class RawClient:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = bytearray()

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reset(self) -> None:
        """Closes so that the server gets a RST instead of a FIN [socket(7), SO_LINGER]."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self) -> None:
        part = self.socket.recv(1 << 20)
        if not part:
            raise Wrong(f"the connection ended after {len(self.received)} bytes of an answer: "
                        f"{bytes(self.received[:200])!r}")
        self.received += part

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, fields (names in lower case), body. Interim answers count."""
        while (end := self.received.find(b"\r\n\r\n")) < 0:
            self._more()
        head = bytes(self.received[:end]).decode("latin-1")
        del self.received[:end + 4]
        status, *lines = head.split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [ -~]*", status)
        require(match is not None, f"not a status line: {status!r}")
        require("\n" not in head.replace("\r\n", ""), f"a bare LF in {head!r}")
        fields = {}
        for line in lines:
            name, colon, value = line.partition(":")
            require(colon == ":" and bool(re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)),
                    f"not a field: {line!r}")
            fields[name.lower()] = value.strip(" \t")
        code = int(match[1])
        length = 0 if code < 200 or code in (204, 304) else int(fields["content-length"])
        while len(self.received) < length:
            self._more()
        body = bytes(self.received[:length])
        del self.received[:length]
        return code, fields, body

    def expect(self, what: str, status: int, body: bytes) -> None:
        seen_status, _, seen_body = self.answer()
        equal(f"{what}: status", seen_status, status)
        equal(f"{what}: body", seen_body, body)

    def expect_end(self) -> None:
        """The server closes now, and has nothing more to say."""
        equal("bytes after the last answer", bytes(self.received) + self.socket.recv(4096), b"")


def post(path: str, body: bytes, *fields: str) -> bytes:
    """The bytes of a POST request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
