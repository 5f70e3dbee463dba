#!/usr/bin/python3
"""Both HTTP servers under a mixed load for as long as you like: nothing in them may grow.

    .ci/hostile/soak.py build/release/bin --minutes 30

Rounds of a few seconds each: load with keep-alive, connections that are used once, uploads, downloads,
attacks, in an order that the seed decides. After each round, when the clients are gone, memory and
descriptors are noted. A line a minute; the last ones compare the end with the middle.
"""

import argparse
import asyncio
import random
import signal
import statistics
import subprocess
import sys
import time

from check import SHORT, ROOT, settle  # (puts the folders of the next two into the path)

import attack
from servers import Server, Wrong, command, require

ATTACKS = (("silence", 200), ("slow-heads", 200), ("slow-bodies", 200), ("never-read", 10),
           ("resets", 5), ("flood", 8), ("lengths", 1), ("smuggling", 1), ("crowd", 200))


def load(server: Server) -> str:
    said = command("wrk", "-t1", "-c32", "-d2s", server.url)
    require("Non-2xx" not in said, said)
    return "load"


def once(server: Server) -> str:
    said = command("ab", "-q", "-n", "5000", "-c", "20", server.url)
    require("Failed requests:        0" in said, said)
    return "once"


def upload(server: Server) -> str:
    for _ in range(10):
        done = subprocess.run(["curl", "-sS", "--data-binary", "@-", server.url], input=b"x" * 5_000_000,
                              stdout=subprocess.PIPE, timeout=60, check=True)
        require(done.stdout != b"", "no answer to an upload")
    return "upload"


def stops(server: Server) -> str:
    """The process stands still again and again, under load."""
    load = subprocess.Popen(["wrk", "-t1", "-c8", "-d1s", server.url], stdout=subprocess.PIPE, text=True)
    while load.poll() is None:
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        server.process.send_signal(signal.SIGCONT)
        time.sleep(0.1)
    require("Non-2xx" not in load.stdout.read(), "wrong answers after a stop")
    return "stops"


def attacked(name: str, clients: int):
    def run(server: Server) -> str:
        seen = asyncio.run(attack.attack(name, server.port, clients, 3))
        require(seen["others answered"] == seen["others"] > 0, f"{name}: others got no answer: {seen}")
        return name
    return run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    jobs = [load, once, upload, stops, *(attacked(*of) for of in ATTACKS)]
    begin = time.monotonic()
    told = 0
    notes: dict[str, list[dict]] = {"hello_server": [], "http_server": []}
    with Server(given.binaries, "hello_server", *SHORT) as hello, \
            Server(given.binaries, "http_server", "--files", str(ROOT / "docs"), *SHORT) as site:
        servers = (hello, site)
        start = {server.program: attack.process(server.process.pid)["descriptors"]
                 for server in servers}
        while (minutes := (time.monotonic() - begin) / 60) < given.minutes:
            for job in chance.sample(jobs, len(jobs)):
                for server in servers:
                    job(server)
                    server.alive()
            for server in servers:
                settle(server, start[server.program])
                notes[server.program].append(attack.process(server.process.pid))
            if minutes >= told:
                told += 1
                print(f"{minutes:5.1f} min, {len(notes['hello_server'])} rounds: " + ", ".join(
                    f"{server.program} {notes[server.program][-1]['memory'] / 1e6:.1f} MB, "
                    f"{notes[server.program][-1]['descriptors']} descriptors, "
                    f"{server.processor_seconds():.0f} s of processor time"
                    for server in servers), flush=True)
    for program, all_of in notes.items():
        size = max(1, len(all_of) // 3)
        thirds = [statistics.median(note["memory"] for note in part)
                  for part in (all_of[:size], all_of[size:2 * size] or all_of, all_of[-size:])]
        print(f"{program}: {len(all_of)} rounds, memory in each third of the time "
              + ", ".join(f"{memory / 1e6:.1f} MB" for memory in thirds))
        # In the first third the heap takes on the size that its worst moment needs.
        require(thirds[2] < thirds[1] * 1.1, f"{program} has grown")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Wrong, OSError) as error:
        print(f"soak: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
