"""The parsers that are asked. Each takes inputs and returns a verdict for each of them."""

import contextlib
import http.client
import io
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

try:
    import h11
except ImportError:  # it is reported as missing
    h11 = None

HERE = Path(__file__).resolve().parent
Framed = tuple[str, bytes]  # "request", or the method to which it is a response; and the bytes


@dataclass(frozen=True)
class Message:
    name: str  # the method, or the status
    target: str
    body: bytes
    keep: bool  # another message can follow on the connection


@dataclass(frozen=True)
class Verdict:
    messages: tuple[Message, ...]
    end: str  # clean, closed, unfinished or refused; eof: clean or unfinished, a server does not say
    why: str = ""


def text(digits: str) -> str:
    return bytes.fromhex(digits).decode("latin-1")


def of_program(command: list[str], inputs: list[Framed]) -> list[Verdict]:
    """A program that reads framed inputs and writes lines of JSON."""
    frames = b"".join(f"{kind} {len(data)}\n".encode() + data for kind, data in inputs)
    done = subprocess.run(command, input=frames, stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().splitlines()
    if len(lines) != len(inputs):
        raise SystemExit(f"{command[0]} has judged {len(lines)} of {len(inputs)} inputs")
    verdicts = []
    for line in map(json.loads, lines):
        messages = tuple(Message(text(name), text(target), bytes.fromhex(body), keep)
                         for name, target, body, keep in line["messages"])
        verdicts.append(Verdict(messages, line["end"], line["why"]))
    return verdicts


# --- h11

def h11_requests(data: bytes) -> Verdict:
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    connection.receive_data(data)
    messages, request, body = [], None, b""
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            return Verdict(tuple(messages), "refused", str(error))
        if event in (h11.NEED_DATA, h11.PAUSED):
            rest = connection.trailing_data[0].lstrip(b"\r\n")
            return Verdict(tuple(messages), "unfinished" if request or rest else "clean")
        if isinstance(event, h11.Request):
            request, body = event, b""
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            keep = connection.their_state is h11.DONE
            messages.append(Message(request.method.decode(), request.target.decode("latin-1"), body, keep))
            if not keep:
                return Verdict(tuple(messages), "closed")
            request = None
            connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            connection.send(h11.EndOfMessage())
            connection.start_next_cycle()


def h11_response(method: str, data: bytes) -> Verdict:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=64 * 1024)
    connection.send(h11.Request(method=method, target="/" if method != "CONNECT" else "a:80",
                                headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    response, body, ended = None, b"", False
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            return Verdict((), "unfinished" if ended else "refused", str(error))
        if event is h11.NEED_DATA:
            if ended:
                return Verdict((), "unfinished")
            connection.receive_data(b"")
            ended = True
        elif isinstance(event, h11.ConnectionClosed):
            return Verdict((), "unfinished")
        elif isinstance(event, h11.Response) or (
                isinstance(event, h11.InformationalResponse) and event.status_code == 101):
            response = event
            switched = connection.their_state is h11.SWITCHED_PROTOCOL
            if switched:
                return Verdict((Message(str(event.status_code), "", b"", False),), "closed")
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            keep = connection.their_state is h11.DONE and not ended
            return Verdict((Message(str(response.status_code), "", body, keep),), "closed")
        elif event is h11.PAUSED:
            return Verdict((Message(str(response.status_code), "", body, False),), "closed")


# --- Python's http.client

class _Socket:
    def __init__(self, data: bytes):
        self.data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)


def http_client_response(method: str, data: bytes) -> Verdict:
    response = http.client.HTTPResponse(_Socket(data), method=method)
    try:
        response.begin()
        while 100 < response.status < 200 and response.status != 101:  # it skips 100 by itself
            response.headers = None
            response.begin()
        body = response.read()
    except http.client.IncompleteRead:
        return Verdict((), "unfinished")
    except http.client.RemoteDisconnected as error:
        return Verdict((), "unfinished", str(error))
    except (http.client.HTTPException, ValueError, OverflowError) as error:
        return Verdict((), "refused", f"{type(error).__name__} {error}")
    keep = not response.will_close and response.status != 101
    return Verdict((Message(str(response.status), "", body, keep),), "closed")


# --- servers, over a socket

def answers(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Status and fields of each answer. Bodies have a length, or end with the connection."""
    while data:
        if not data.startswith(b"HTTP/1."):  # to what it takes for HTTP/0.9, nginx answers without a head
            refusal = re.search(rb"<title>(\d{3}) ", data)
            line = ",".join([b"HTTP/0.9".hex(), "", ""])
            yield (int(refusal[1]), {}) if refusal else (200, {"x-request": line, "connection": "close"})
            return
        head, _, data = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        if line.startswith("HTTP/1.0 "):
            fields.setdefault("connection", "close")
        yield int(line.split()[1]), fields
        is_head = fields.get("x-request", "").startswith(b"HEAD".hex() + ",")
        data = data[0 if is_head else int(fields.get("content-length", "0")):]


def of_server(port: int, data: bytes) -> Verdict:
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        with contextlib.suppress(ConnectionError):  # it need not read to the end what it refuses
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while part := client.recv(1 << 16):
                received += part
    messages = []
    for status, fields in answers(received):
        if status == 100:
            continue
        if "x-request" not in fields:
            return Verdict(tuple(messages), "refused", f"status {status}")
        method, target, body = fields["x-request"].split(",")
        keep = fields.get("connection", "").lower() != "close" and text(method) != "CONNECT"
        messages.append(Message(text(method), text(target), bytes.fromhex(body), keep))
        if not messages[-1].keep:
            return Verdict(tuple(messages), "closed")
    return Verdict(tuple(messages), "eof")


class Backend(threading.Thread):
    """What nginx passes requests on to: it tells what has come."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]

    def run(self) -> None:
        while True:
            peer, _ = self.listener.accept()
            with peer, contextlib.suppress(OSError):
                data = b""
                while b"\r\n\r\n" not in data:
                    data += peer.recv(1 << 16)
                head, _, body = data.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
                while length and len(body) < int(length[1]):
                    body += peer.recv(1 << 20)
                method, target = head.split(b"\r\n")[0].rsplit(b" ", 1)[0].split(b" ", 1)
                line = ",".join(part.hex() for part in (method, target, body))
                peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n"
                             b"X-Request: " + line.encode() + b"\r\n\r\n")


NGINX = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log /dev/null;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 64m;
  proxy_buffer_size 64k;
  proxy_buffers 4 64k;
  proxy_busy_buffers_size 128k;
  large_client_header_buffers 4 64k;
  keepalive_requests 1000;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{backend};
      proxy_ignore_client_abort on;
    }}
  }}
}}
"""


@contextlib.contextmanager
def nginx() -> Iterator[int]:
    backend = Backend()
    backend.start()
    with tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        config = Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, backend=backend.port))
        process = subprocess.Popen([program("nginx"), "-p", folder, "-c", str(config)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait()


def wait_for(port: int, process: subprocess.Popen) -> None:
    while process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
    raise SystemExit(f"{process.args[0]} does not serve")


@contextlib.contextmanager
def go_server() -> Iterator[int]:
    process = subprocess.Popen([go_program(), "serve"], stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


# --- what is here

def program(name: str) -> str | None:
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")


_go: list[str] = []


def go_program() -> str:
    if not _go:
        folder = tempfile.mkdtemp(prefix="opinions-")
        subprocess.run([program("go"), "build", "-o", f"{folder}/go_opinion", str(HERE / "go.go")],
                       check=True, cwd=folder, env=os.environ | {"GO111MODULE": "off", "GOFLAGS": ""})
        _go.append(f"{folder}/go_opinion")
    return _go[0]


def each(server: Callable) -> Callable[[list[Framed]], list[Verdict]]:
    def ask(inputs: list[Framed]) -> list[Verdict]:
        with server() as port, ThreadPoolExecutor(16) as pool:
            return list(pool.map(lambda one: of_server(port, one[1]), inputs))
    return ask


def ours(verdicts: str, inputs: list[Framed]) -> list[Verdict]:
    return of_program([verdicts], inputs)


def node(inputs: list[Framed]) -> list[Verdict]:
    return of_program([program("node"), "--no-warnings", str(HERE / "llhttp.js")], inputs)


# name: (whether it is installed, what judges requests, what judges responses)
PARSERS = {
    "h11": (lambda: h11 is not None,
            lambda inputs: [h11_requests(data) for _, data in inputs],
            lambda inputs: [h11_response(method, data) for method, data in inputs]),
    "http.client": (lambda: True, None,
                    lambda inputs: [http_client_response(method, data) for method, data in inputs]),
    "llhttp": (lambda: program("node"), node, node),
    "nginx": (lambda: program("nginx"), each(nginx), None),
    "go": (lambda: program("go"), each(go_server),
           lambda inputs: of_program([go_program(), "responses"], inputs)),
}
