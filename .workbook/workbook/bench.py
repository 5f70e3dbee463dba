"""`./workbook bench [rounds]`: our servers against peers, side by side.

The machine's speed drifts, so a figure of one minute says nothing about one of the next. Every round
measures all servers one after the other, in turn, and what is printed is the ratio of medians. It is
a report: nothing here passes or fails.

    wrk, 64 connections, keep-alive      requests a second
    wrk, the same, 16 requests at once   requests a second
    echo of 64 bytes, 64 connections     messages a second
    echo of 5,000 bytes, 1 connection    messages a second; the servers' buffers hold 4,096: with
    echo of 20,000 bytes, 1 connection   Nagle's algorithm a message in two pieces takes 40 ms

Peers: the bare epoll loops in 04_event_loop/benchmarks and 05_async_runtime/benchmarks, and nginx if
it is installed. Traffic stays on this machine's loopback.
"""

import re
import shutil
import statistics
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import building, locks, processes
from .repository import Failure, find_program

ROUNDS = 5
SECONDS = 2
HTTP_SERVERS = ("raw_epoll_server", "hello_server", "http_server")
ECHO_SERVERS = ("raw_echo_server", "async_echo_server")
PIPELINE = """
init = function(args)
  local requests = {}
  for i = 1, 16 do requests[i] = wrk.format("GET", "/hello") end
  local batch = table.concat(requests)
  request = function() return batch end
end
"""
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port}; default_type text/html;
    location / {{ return 200 "Hello! I am an epoll server."; }}
  }}
}}
"""


@contextmanager
def running(command: list[str]):
    """A server that prints `listening on HOST:PORT`; gives HOST:PORT."""
    server = processes.start(command, stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        found = re.search(r"listening on (\S+)", line)
        if not found:
            raise Failure(f"{command[0]} did not say where it listens: {line!r}", code=1)
        yield found.group(1)
    finally:
        server.terminate()
        server.wait()


@contextmanager
def running_nginx(nginx: str):
    """nginx with one worker, as our servers have one thread."""
    import socket
    import time
    with socket.socket() as probe:  # nginx takes no port 0
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port))
        server = processes.start([nginx, "-e", f"{folder}/start.log", "-c", str(config)])
        try:
            for _ in range(250):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def wrk(address: str, *options: str) -> float:
    done = processes.run(
        ["wrk", "-t", "2", "-c", "64", "-d", f"{SECONDS}s", *options, f"http://{address}/hello"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not found or "Socket errors" in done.stdout or "Non-2xx" in done.stdout:
        raise Failure(f"wrk found errors:\n{done.stdout}{done.stderr}", code=1)
    return float(found.group(1))


def echo(load: Path, address: str, connections: int, size: int) -> float:
    done = processes.run([str(load), address, str(connections), str(size), str(SECONDS)],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found = re.search(r"([\d.]+) messages a second", done.stdout)
    if not found:
        raise Failure(f"{load.name} found errors:\n{done.stdout}{done.stderr}", code=1)
    return float(found.group(1))


def compare(title: str, peers: dict, measure, rounds: int) -> None:
    """Measures every peer once a round; prints medians, and ratios to the first."""
    figures = {name: [] for name in peers}
    for _ in range(rounds):
        for name, start in peers.items():
            with start() as address:
                figures[name].append(measure(address))
    print(f"\n{title} ({rounds} rounds of {SECONDS} s each, in turn)")
    base = statistics.median(next(iter(figures.values())))
    for name, values in figures.items():
        middle = statistics.median(values)
        print(f"  {name:20} {middle:10.0f}/s   min {min(values):9.0f}  max {max(values):9.0f}"
              f"   {middle / base:5.2f} of {next(iter(figures))}")


def run(arguments: list[str]) -> int:
    rounds = ROUNDS
    if arguments:
        if len(arguments) > 1 or not arguments[0].isdigit() or arguments[0] == "0":
            raise Failure("usage: ./workbook bench [rounds]")
        rounds = int(arguments[0])
    programs = [name for name in (*HTTP_SERVERS, *ECHO_SERVERS, "echo_load") if find_program(name)]
    with locks.held("release"):
        folder = building.configure("release") / "bin"
        building.build("release", programs)

    def ours(names):
        return {name: (lambda name=name: running([str(folder / name), "0"]))
                for name in names if name in programs}

    if not building.has("wrk"):
        print("wrk is not installed (apt-get install wrk): no HTTP figures")
    else:
        peers = ours(HTTP_SERVERS)
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if nginx:
            peers["nginx"] = lambda: running_nginx(nginx)
        else:
            print("nginx is not installed (apt-get install nginx-light): measured without it")
        compare("wrk, 64 connections, keep-alive", peers, wrk, rounds)
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(PIPELINE)
            script.flush()
            compare("wrk, 64 connections, pipeline of 16", peers,
                    lambda address: wrk(address, "-s", script.name), rounds)
    if "echo_load" in programs:
        for size, connections in ((64, 64), (5_000, 1), (20_000, 1)):
            compare(f"echo of {size:,} bytes, {connections} connection{'s' * (connections > 1)}",
                    ours(ECHO_SERVERS),
                    lambda address: echo(folder / "echo_load", address, connections, size), rounds)
    return 0
