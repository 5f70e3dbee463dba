"""`./workbook bench [NAME]... [--rounds N]`: our servers beside others.

The speed of a machine drifts, so a figure of one minute says nothing about one of the next. All servers
of a table stand at the same time, and each round measures them one after the other, a second each. The
first server of a table is there twice: what differs between it and its `control` is the noise of the
machine, and no smaller difference means anything. A server runs on processor 0, the load on processor 1.

    echo         64 bytes, of 64 and of 1,000 connections; 5,000 and 20,000 bytes, of one
    http         requests one by one, and 16 at once
    connections  one request a connection
    live         requests one by one, without and with the live view, and while a client looks at it
    latency      at half of the rate that the slowest can take, on a schedule; see load.cpp
    idle         bytes of an idle connection, 10,000 less 64 of them, and what 64 active ones lose beside them
    profile      what the processor time of an answer is made of, by `perf record`; see bench_profile.py
    runtime      parts of the runtime, each alone, by Google Benchmark: ns and allocations
    build        the whole workbook with sanitizers, from nothing, out of the compiler cache, and its tests: s

`us` is the processor time of the server for one answer, from /proc/PID/schedstat, which counts
nanoseconds; where the load generator is the bottleneck, and on two processors it often is, only this
tells servers apart. System calls are counted by `perf stat`, instructions by callgrind; a column stays
empty where the tool is not installed or not allowed. All of it is written to build/bench/NAME.json too.
A report: nothing here passes or fails.
"""

import contextlib
import datetime
import json
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import bench_flames, bench_plots, bench_profile, building, locks, processes
from .bench_peers import PEERS, Configured, Peer
from .repository import ROOT, Failure, cores

ROUNDS = 10
SECONDS = 1.0
SLICES = 4  # of a second, where latency is measured: many are free of the machine's own pauses
ACTIVE = 64
IDLE = 10_000 - ACTIVE  # our servers have room for 10,000 connections
CONTROL = "control"


@dataclass
class Server:
    """A server that runs, on processor 0."""

    name: str
    process: subprocess.Popen
    address: str

    def processes(self) -> list[int]:
        return [self.process.pid, *processes.descendants(self.process.pid)]

    def processor_time(self) -> int:
        """Nanoseconds [proc(5), schedstat], of all its threads."""
        files = (file for pid in self.processes() for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))
        return sum(int(file.read_text().split()[0]) for file in files)

    def user_part(self) -> tuple[int, int]:
        """Ticks in user mode, and all of them: a sample, good for many seconds only [proc(5), stat]."""
        ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                 for pid in self.processes()]
        user = sum(int(one[0]) for one in ticks)
        return user, user + sum(int(one[1]) for one in ticks)

    def memory(self) -> int:
        """Bytes that only it holds [proc(5), smaps_rollup]."""
        found = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Private_"):
                    found += int(line.split()[1]) * 1024
        return found


@dataclass
class Row:
    """What was measured of a server in a table, a figure a round."""

    name: str
    rate: list[float] = field(default_factory=list)  # answers a second
    us: list[float] = field(default_factory=list)  # of processor time, for an answer
    user: float = 0.0  # of them, in user mode
    calls: float | None = None  # system calls, for an answer
    instructions: float | None = None  # in user mode, for an answer
    latency: dict[str, list[float]] = field(default_factory=dict)  # us, of each round
    service: dict[str, list[float]] = field(default_factory=dict)


def pinned(processor: int, command: list[str]) -> list[str]:
    return ["taskset", "-c", str(processor), *command] if cores() > 1 else command


@contextlib.contextmanager
def running(peer: Peer, name: str, folder: Path, arguments: tuple[str, ...] = ()) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as scratch:
        command = pinned(0, peer.command(folder, Path(scratch), arguments))
        process = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            yield Server(name, process, peer.address(process, Path(scratch)))
        finally:
            process.terminate()
            process.wait()


def ask(folder: Path, protocol: str, address: str, *options: str, seconds: float = SECONDS) -> dict:
    """Runs the load generator; what it says."""
    done = processes.run(pinned(1, [str(folder / "load"), protocol, address, "--seconds", str(seconds),
                                    *options]),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(done.args)}: {done.stderr}", code=1)
    return json.loads(done.stdout)


def measure(row: Row, server: Server, load: Callable[[Server], dict]) -> dict:
    """One slice."""
    before = server.processor_time()
    said = load(server)
    spent = server.processor_time() - before
    row.rate.append(said["rate"])
    row.us.append(spent / 1e3 / max(1, said["total"]))
    return said


def count_calls(server: Server, load: Callable[[Server], dict]) -> float | None:
    if not building.has("perf"):
        return None
    pids = ",".join(map(str, server.processes()))
    counter = processes.start(["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p", pids],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(0.3)  # it has no way to say that it counts
    said = load(server)
    counter.send_signal(2)
    _, printed = counter.communicate()
    found = re.match(r"(\d+),", printed.strip())
    return int(found[1]) / said["total"] if found else None


def count_instructions(peer: Peer, folder: Path, arguments: tuple[str, ...],
                       load: Callable[[Server], dict]) -> float | None:
    """Of the server in user mode, by callgrind: so many in a long run less those of a short one."""
    if not building.has("valgrind") or not peer.under_valgrind:
        return None
    runs = []
    for loads in (1, 3):
        with tempfile.TemporaryDirectory() as scratch:
            log, out = Path(scratch) / "log", Path(scratch) / "out"
            command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--log-file={log}",
                       *peer.command(folder, Path(scratch), arguments)]
            process = processes.start(pinned(0, command), stdout=subprocess.PIPE, text=True)
            server = Server(peer.name, process, peer.address(process, Path(scratch)))
            answers = sum(load(server)["total"] for _ in range(loads))
            process.terminate()
            process.wait()
            found = re.search(r"Collected : (\d+)", log.read_text())
            if not found:
                return None
            runs.append((answers, int(found[1])))
    (few, little), (many, much) = runs
    if many <= few:  # the machine was busy with other things
        return None
    return (much - little) / (many - few)


def table(title: str, peers: list[Peer], folder: Path, rounds: int, load: Callable[[Server], dict],
          arguments: tuple[str, ...] = (), counts: bool = True) -> list[Row]:
    """Measures all peers in turn, the first one twice. `counts`: calls and instructions, too, which takes long."""
    rows = {name: Row(name) for name in [peers[0].name, CONTROL, *(peer.name for peer in peers[1:])]}
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(running(peer, name, folder, arguments))
                   for name, peer in zip(rows, [peers[0], *peers])]
        before = [server.user_part() for server in servers]
        latencies: dict[str, list[dict]] = {name: [] for name in rows}
        for i in range(rounds):
            order = servers if i % 2 == 0 else servers[::-1]
            for server in order:
                latencies[server.name].append(measure(rows[server.name], server, load))
        for server, (user, ticks) in zip(servers, before):
            now_user, now = server.user_part()
            row = rows[server.name]
            row.user = statistics.median(row.us) * (now_user - user) / max(1, now - ticks)
            row.calls = count_calls(server, load) if counts else None
            for kind in ("latency", "service"):
                said = [one[f"{kind}_us"] for one in latencies[server.name]]
                setattr(row, kind, {part: [one[part] for one in said] for part in said[0]})
    for peer in peers if counts else []:
        rows[peer.name].instructions = count_instructions(peer, folder, arguments, load)
    show(title, list(rows.values()), rounds)
    return list(rows.values())


def show(title: str, rows: list[Row], rounds: int) -> None:
    print(f"\n{title} ({rounds} rounds, in turn)\n"
          f"  {'':24} {'answers/s':>10} {'us':>7} {'(user)':>8} {'of the first':>13} {'spread':>14} "
          f"{'calls':>6} {'instr.':>7}")
    first = rows[0]
    for row in rows:
        ratios = bench_plots.of_each_round(row.us, first.us)
        calls = "" if row.calls is None else f"{row.calls:6.2f}"
        instructions = "" if row.instructions is None else f"{row.instructions:7.0f}"
        print(f"  {row.name:24} {statistics.median(row.rate):10.0f} {statistics.median(row.us):7.2f} "
              f"({row.user:5.2f})  {statistics.median(ratios):12.3f} "
              f"{min(ratios):7.3f}-{max(ratios):5.3f} {calls:>6} {instructions:>7}", flush=True)


def show_latency(rows: list[Row]) -> None:
    for since, kind, of in bench_plots.LATENCIES:
        print(f"  {'us, from when it was ' + since:32} " + " ".join(f"{part:>9}" for part in rows[0].latency))
        for row in rows:
            print(f"  {row.name:32} " + " ".join(f"{of(figures):9.0f}" for figures in getattr(row, kind).values()),
                  flush=True)


def present(kind: str) -> list[Peer]:
    """The peers of a kind that can be run here; a line for each that cannot."""
    found = []
    for peer in PEERS:
        if kind not in peer.kinds:
            continue
        missing = peer.missing()
        if missing:
            print(f"without {peer.name}: {missing}")
        else:
            found.append(peer)
    return found


def echo(folder: Path, rounds: int) -> dict:
    peers = present("echo")
    figures = {}
    for size, connections in ((64, 64), (64, 1000), (5_000, 1), (20_000, 1)):
        title = f"echo of {size:,} bytes, {connections:,} connection{'s' * (connections > 1)}"
        figures[title] = table(title, peers, folder, rounds, lambda server: ask(
            folder, "echo", server.address, "--connections", str(connections), "--bytes", str(size)),
            counts=connections == 64)
    return figures


def http(folder: Path, rounds: int) -> dict:
    peers = present("http")
    figures = {}
    for title, options in (("HTTP, keep-alive, 64 connections", ()),
                           ("HTTP, pipeline of 16, 64 connections", ("--pipeline", "16"))):
        figures[title] = table(title, peers, folder, rounds,
                               lambda server: ask(folder, "http", server.address, *options))
    return figures


def connections(folder: Path, rounds: int) -> dict:
    title = "HTTP, one request a connection, 16 at a time"
    return {title: table(title, present("http"), folder, rounds,
                         lambda server: ask(folder, "http", server.address, "--close",
                                            "--connections", "16"), ("--close",))}


def live(folder: Path, rounds: int) -> dict:
    """What the live view costs, and what it costs while a client takes its events."""
    with contextlib.ExitStack() as stack:
        looked_at = set()

        def load(server: Server) -> dict:
            if "looked at" in server.name and server.address not in looked_at:
                looked_at.add(server.address)
                client = processes.start(["curl", "-sN", f"http://{server.address}/live/events"],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                stack.callback(client.wait)
                stack.callback(client.terminate)
            return ask(folder, "http", server.address)

        title = "HTTP, keep-alive, 64 connections, with and without the live view"
        return {title: table(title, present("live"), folder, rounds, load, ("--live",))}


def latency(folder: Path, rounds: int) -> dict:
    figures = {}
    for kind in ("echo", "http"):
        peers = present(kind)
        with contextlib.ExitStack() as stack:
            peaks = [ask(folder, kind, stack.enter_context(running(peer, peer.name, folder)).address)["rate"]
                     for peer in peers]
        rate = str(int(min(peaks) / 2))
        title = f"{kind}, {rate} a second on a schedule"
        figures[title] = table(title, peers, folder, SLICES * rounds,
                               lambda server: ask(folder, kind, server.address, "--rate", rate,
                                                  seconds=SECONDS / SLICES), counts=False)
        show_latency(figures[title])
    return figures


@contextlib.contextmanager
def idle_connections(folder: Path, kind: str, server: Server) -> Iterator[None]:
    """Each has had one answer."""
    holder = processes.start([str(folder / "load"), kind, server.address, "--hold", "--connections", str(IDLE)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if not holder.stdout.readline().startswith("holding"):
        raise Failure(f"{server.name} does not hold {IDLE} connections", code=1)
    try:
        yield
    finally:
        holder.communicate()


def idle(folder: Path, rounds: int) -> dict:
    """The memory of idle connections, and the processor time of 64 active ones beside them, and without them at
    a second instance of the server, in turn. (With two of them the pages of libraries are shared from the
    beginning, and not from the start of the load generator on.)"""
    figures = {}
    for kind in ("echo", "http"):
        print(f"\n{kind}: {IDLE:,} idle connections\n"
              f"  {'':24} {'bytes each':>10} {'us alone':>10} {'beside them':>12} {'of alone':>9} {'spread':>14}")
        for peer in present(kind):
            with running(peer, peer.name, folder) as quiet, running(peer, peer.name, folder) as crowded:
                ask(folder, kind, crowded.address)  # memory that active connections need is no idle one's
                before = crowded.memory()
                with idle_connections(folder, kind, crowded):
                    each = (crowded.memory() - before) / IDLE
                    alone, beside = Row("alone"), Row("beside")
                    pair = [(alone, quiet), (beside, crowded)]
                    for i in range(rounds):
                        for row, server in pair if i % 2 == 0 else pair[::-1]:
                            measure(row, server, lambda server: ask(folder, kind, server.address))
                ratios = bench_plots.of_each_round(beside.us, alone.us)
                print(f"  {peer.name:24} {each:10.0f} {statistics.median(alone.us):10.2f} "
                      f"{statistics.median(beside.us):12.2f} {statistics.median(ratios):9.3f} "
                      f"{min(ratios):8.3f}-{max(ratios):5.3f}", flush=True)
                figures[f"{kind}: {peer.name}"] = {"bytes": each, "alone": alone.us, "beside": beside.us}
    return figures


# What is profiled: the options of the load, and the server's arguments.
PROFILED = {"HTTP, keep-alive": ("http", (), ()), "HTTP, pipeline of 16": ("http", ("--pipeline", "16"), ()),
            "HTTP, one request a connection": ("http", ("--close", "--connections", "16"), ("--close",)),
            "echo of 64 bytes": ("echo", (), ())}


def profile(folder: Path, rounds: int) -> dict:
    """The processor time of an answer, by what the server is doing."""
    if not building.has("perf"):
        print("without profile: apt-get install linux-perf")
        return {}
    return {f"{title}: where the time of an answer goes": profile_of(title, folder, rounds) for title in PROFILED}


def profile_of(title: str, folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    kind, options, arguments = PROFILED[title]
    figures: dict[str, dict[str, float]] = {}
    for peer in present(kind):
        if not (peer.target or isinstance(peer, Configured)):
            continue
        with running(peer, peer.name, folder, arguments) as server, tempfile.TemporaryDirectory() as scratch, \
                ThreadPoolExecutor(1) as pool:
            row = Row(peer.name)
            for _ in range(rounds):
                measure(row, server, lambda server: ask(folder, kind, server.address, *options))
            loads = pool.submit(lambda: [ask(folder, kind, server.address, *options) for _ in range(rounds)])
            script = bench_profile.record(server.processes(), 0.9 * rounds * SECONDS, Path(scratch))
            loads.result()
        found, us = bench_profile.parts(script), statistics.median(row.us)
        figures[peer.name] = {part: us * found[part] / max(1, found.total()) for part in bench_profile.NAMES}
        if bench_plots.is_ours(peer.name):
            bench_flames.write(bench_flames.fold(script), bench_plots.folded(title, peer.name))
        print(f"  {title}, {peer.name:24} {us:6.2f} us: " +
              ", ".join(f"{part} {value:.2f}" for part, value in figures[peer.name].items()), flush=True)
    return figures


def runtime(folder: Path, rounds: int) -> dict:
    if not Path("/usr/include/benchmark/benchmark.h").exists():
        print("without runtime: apt-get install libbenchmark-dev")
        return {}
    building.build("release", ["runtime_benchmark"])
    print()
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        processes.run(pinned(1, [str(folder / "runtime_benchmark"), f"--benchmark_repetitions={rounds}",
                                 "--benchmark_min_time=0.1", "--benchmark_report_aggregates_only=true",
                                 f"--benchmark_out={out.name}"]))
        return {"runtime": json.load(out)["benchmarks"]}


def build_steps(folder: Path) -> dict[str, list[str]]:
    """What a build from nothing and a second one consist of, in order. A step without a name is not timed."""
    build = ["cmake", "--build", str(folder), "-j", str(cores())]
    return {
        "configure": ["cmake", "--preset", "debug", "-B", str(folder)],
        "build, each file compiled": ["env", "CCACHE_RECACHE=1", *build],
        "build, nothing changed": build,
        "test": ["ctest", "--test-dir", str(folder), "-j", str(cores() + 1)],
        "": [*build, "--target", "clean"],
        "build, out of the compiler cache": build,
    }


def build(_: Path, rounds: int) -> dict:
    """Seconds of each step, in a folder that is made anew for each round."""
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        folder = ROOT / "build" / "bench" / "build"
        shutil.rmtree(folder, ignore_errors=True)
        for name, command in build_steps(folder).items():
            begin = time.monotonic()
            good, printed = building.said_by(command)
            if not good:
                raise Failure(f"failed: {' '.join(command)}\n{printed}", code=1)
            if name:
                seconds.setdefault(name, []).append(time.monotonic() - begin)
                print(f"  {name:34} {seconds[name][-1]:7.1f} s", flush=True)
    return {"build": seconds}


BENCHES = {"echo": echo, "http": http, "connections": connections, "live": live, "latency": latency,
           "idle": idle, "profile": profile, "runtime": runtime, "build": build}


def machine() -> dict:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {"date": datetime.date.today().isoformat(), "processor": model[1] if model else "",
            "processors": cores(), "kernel": ".".join(platform.release().split(".")[:2])}


def write(name: str, rounds: int, figures: dict) -> None:
    folder = ROOT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    plain = {title: [asdict(row) if isinstance(row, Row) else row for row in rows]
             if isinstance(rows, list) else rows for title, rows in figures.items()}
    text = json.dumps({"command": f"./workbook bench {name} --rounds {rounds}", **machine(), "tables": plain},
                      indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def run(arguments: list[str]) -> int:
    if arguments == ["plots"]:
        return bench_plots.draw()
    rounds = ROUNDS
    names = list(arguments)
    if "--rounds" in names:
        at = names.index("--rounds")
        if names[at + 1:at + 2] and names[at + 1].isdigit() and int(names[at + 1]) > 0:
            rounds = int(names[at + 1])
            del names[at:at + 2]
    if unknown := [name for name in names if name not in BENCHES]:
        raise Failure(f"usage: ./workbook bench [{'|'.join(BENCHES)}]... [--rounds N]"
                      f"\nthere is no {unknown[0]}")
    if cores() > 1 and not shutil.which("taskset"):
        raise Failure("taskset gives the server and the load a processor each: apt-get install util-linux", code=1)
    with locks.held("release"):
        folder = building.configure("release") / "bin"
        ours = {peer.target for peer in PEERS if peer.target and not peer.missing()}
        building.build("release", ["load", *ours])
    for name in names or BENCHES:
        write(name, rounds, BENCHES[name](folder, rounds))
    print(f"\nas JSON: {(ROOT / 'build' / 'bench').relative_to(ROOT)}/", file=sys.stdout)
    return 0
