"""Inputs for all parsers: from a grammar that knows what is written wrongly, from the table of cases, and
from the corpora of the fuzzers; some of them changed once more. The same seed gives the same inputs."""

import random
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "03_request_context/tests/fuzz/corpus"
LONGEST = 4096  # of a file of a corpus that is taken

METHODS = ["GET"] * 6 + ["POST"] * 6 + ["HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "BREW", "get"]
TARGETS = ["/"] * 6 + ["/a?b=c", "/%41", "http://a/p", "https://a/", "*", "a:80", "/a#b", "/a b", "x",
                       "//a", "/\xe9", "http://u@a/", ""]
VERSIONS = ["HTTP/1.1"] * 9 + ["HTTP/1.0"] * 3 + ["HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1",
                                                  "HTTP/1.10", "HTTP/1", ""]
STATUS_LINES = (["HTTP/1.1 200 OK"] * 8 + ["HTTP/1.0 200 OK"] * 2 +
                ["HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified", "HTTP/1.1 404", "HTTP/1.1 404 ",
                 "HTTP/1.1 101 Switching", "HTTP/1.1 600 x", "HTTP/1.1 20 x", "HTTP/1.1  200 OK",
                 "HTTP/2.0 200 OK", "http/1.1 200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 200 caf\xe9",
                 "HTTP/1.1 099 x", "HTTP/1.1 1000 x", "HTTP/1.2 200 OK"])
LENGTHS = ["{n}"] * 10 + ["0{n}", "+{n}", "-{n}", "{n}, {n}", "{n},", "{n} {n}", "0x{n}", "", "x", "{n}.0",
                          "{n}\x0b", "18446744073709551616", "9223372036854775808", "{m}"]
CODINGS = ["chunked"] * 10 + ["Chunked", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity",
                              "xchunked", "chunked;q=1", "", ",chunked", "chunked,", "\"chunked\"", "gzip",
                              "\x0bchunked", "chunked\x0b"]
FIELDS = ["X: y", "X:y", "X:  y\t", "X:", "X : y", " X: y", "X: a\r\n b", "X: a\n b", "X\x00: y", "X: a\x00b",
          "X: a\rb", "X: caf\xe9", "X\xe9: y", "X", ": y", "X Y: z", "X: \x01", "X: \x7f", "X;Y: z", "X_Y: z",
          "Host: b", "Host: a,b", "Host: a/b", "Host:", "Host: a:80", "Host: u@a", "Host: a:x", "Host: [::1]",
          "Expect: 100-continue", "Expect: x", "Upgrade: x", "Connection: upgrade", "Date: x", "\tX: y"]
CONNECTIONS = ["close", "keep-alive", "Close", "keep-alive, close", "x, close", "closed", "close,", ", close",
               "\"close\""]
SIZES = ["{h}"] * 10 + ["0{h}", "{h};a", "{h};a=b", "{h}; a=\"b\"", "{h} ", " {h}", "{h}\t", "0x{h}", "+{h}",
                        "-{h}", "{h};", "{h};a=", "{h} ;a", "{h};\x01", "{h},a", "", "g", "{h};a=\"b",
                        "0000000000000000{h}", "10000000000000000", "{h};a\n"]
TRAILERS = ["T: u", "T : u", " T: u", "Content-Length: 3", "Host: b", "T", "T: u\r\n v"]
PIECES = [b"\r\n", b"\r", b"\n", b"\0", b" ", b"\t", b":", b",", b";", b'"', b"0", b"5", b"f", b"-", b"\x0b",
          b"0\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1", b"HTTP/1.0", b"chunked", b"Content-Length: 3\r\n",
          b"Transfer-Encoding: chunked\r\n", b"Host: a\r\n", b"\xff", b"3\r\nabc\r\n"]
# What the grammar makes too rarely.
BY_HAND = [b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
           b"GET / HTTP/1.0\r\nExpect: x\r\nExpect: x\r\n\r\n",
           b"GET /%1 HTTP/1.1\r\nHost: a\r\n\r\n"]


class Grammar:
    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def rarely(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def line_end(self) -> str:
        return self.random.choice(["\n", "\r", "\r\r\n", "\n\r"]) if self.rarely(120) else "\r\n"

    def chunks(self, body: str) -> str:
        pick = self.random.choice
        text = ""
        while body:
            count = self.random.randint(1, len(body))
            text += pick(SIZES).format(h=f"{count:x}") + self.line_end() + body[:count] + self.line_end()
            body = body[count:]
        last = pick(["0"] * 12 + ["00", "0;a", "0 ", ""])
        trailers = "".join(pick(TRAILERS) + self.line_end() for _ in range(pick([0, 0, 0, 0, 1, 2])))
        return text + last + self.line_end() + trailers + self.line_end()

    def fields_and_body(self, is_request: bool) -> str:
        pick = self.random.choice
        body = "abcdefghijk"[:self.random.randrange(12)]
        fields = ["Host: a"] if is_request and not self.rarely(30) else []
        framing = pick(["none", "length", "length", "chunked", "chunked", "both", "two"])
        if framing in ("length", "both", "two"):
            fields.append("Content-Length: " + pick(LENGTHS).format(n=len(body), m=len(body) + 2))
        if framing == "two":
            fields.append("Content-Length: " + pick(LENGTHS).format(n=len(body), m=len(body) + 2))
        if framing in ("chunked", "both"):
            fields.append("Transfer-Encoding: " + pick(CODINGS))
            if self.rarely(20):
                fields.append("Transfer-Encoding: " + pick(CODINGS))
        if self.rarely(5):
            fields.append("Connection: " + pick(CONNECTIONS))
        for _ in range(pick([0, 0, 1, 1, 2])):
            fields.append(pick(FIELDS))
        self.random.shuffle(fields)
        head = "".join(field + self.line_end() for field in fields) + self.line_end()
        if framing == "none":
            return head + ("" if is_request else body)
        return head + (self.chunks(body) if framing == "chunked" else body)

    def request(self) -> bytes:
        pick = self.random.choice
        before = pick(["\r\n", "\n", " ", "\r"]) if self.rarely(25) else ""
        line = f"{pick(METHODS)} {pick(TARGETS)} {pick(VERSIONS)}"
        if self.rarely(20):
            line = pick([line.replace(" ", "  ", 1), line.replace(" ", "\t"), line + " ", line.strip("/1.")])
        return (before + line + self.line_end() + self.fields_and_body(True)).encode("latin-1")

    def pipeline(self) -> bytes:
        return b"".join(self.request() for _ in range(self.random.choice([1, 1, 1, 2, 3])))

    def response(self) -> bytes:
        interim = "HTTP/1.1 100 Continue\r\n\r\n" if self.rarely(15) else ""
        line = self.random.choice(STATUS_LINES)
        return (interim + line + self.line_end() + self.fields_and_body(False)).encode("latin-1")

    def changed(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data) + 1)
        count = self.random.randrange(4)
        kind = self.random.randrange(4)
        if kind == 0:
            return data[:at] + data[at + count:]
        if kind == 1:
            return data[:at] + bytes([self.random.randrange(256)]) + data[at + 1:]
        return data[:at] + self.random.choice(PIECES) + data[at + (count if kind == 2 else 0):]


def cases(verdicts: str) -> list[bytes]:
    """The requests of cases.cpp."""
    rest = subprocess.run([verdicts, "--cases"], stdout=subprocess.PIPE, check=True).stdout
    found = []
    while rest:
        size, _, rest = rest.partition(b"\n")
        found.append(rest[:int(size)])
        rest = rest[int(size):]
    return found


def corpus(*targets: str) -> list[bytes]:
    files = [file for target in targets for file in sorted((CORPUS / target).iterdir())]
    return [data for data in (file.read_bytes() for file in files) if len(data) <= LONGEST]


def requests(verdicts: str, seed: int, count: int) -> list[bytes]:
    grammar = Grammar(seed)
    known = BY_HAND + cases(verdicts) + corpus("request", "session")
    made = [grammar.pipeline() for _ in range(count)]
    mutants = [grammar.changed(grammar.random.choice(known + made)) for _ in range(count)]
    return sorted(set(filter(None, known + made + mutants)))


def responses(seed: int, count: int) -> list[tuple[str, bytes]]:
    """Each with the method that was asked with."""
    grammar = Grammar(seed)
    known = corpus("response")
    made = [grammar.response() for _ in range(count)]
    mutants = [grammar.changed(grammar.random.choice(known + made)) for _ in range(count)]
    methods = ["GET"] * 8 + ["HEAD", "CONNECT"]
    return [(grammar.random.choice(methods), data) for data in sorted(set(known + made + mutants)) if data]
