"""`./workbook run [--mine | --all-mine] [program] [args]`: builds one program in release, and runs it.

`--mine` builds it on the reader's own files of its step, and `--all-mine` on those of all earlier steps, too;
without optimisation, since that takes a part of the time. The program gets this terminal, its signals included. To print the URL of a server on whichever port
it took, the command does not read the server's output; it asks the kernel which TCP port the
process listens on.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import building, locks, processes, progress, regions, stage_build, yours
from .repository import Failure, Stage, find_program, first_sentence, relative, stages

# What runs without a name: the server of the last stage that is there.
FAVOURITES = ("http_server", "hello_server")
LISTEN = "0A"  # the state of a listening socket in /proc/net/tcp [proc(5)]


def listening_address(pid: int) -> str | None:
    """The first "host:port" that the process listens on, or None."""
    try:
        links = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")]
        table = Path(f"/proc/{pid}/net/tcp").read_text()
    except OSError:
        return None
    inodes = {link[8:-1] for link in links if link.startswith("socket:[")}
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[3] == LISTEN and fields[9] in inodes:
            host, port = fields[1].split(":")
            octets = bytes.fromhex(host)[::-1]  # a 32-bit number in the order of this machine
            return ".".join(str(octet) for octet in octets) + f":{int(port, 16)}"
    return None


def speaks_http(source: Path) -> bool:
    return re.search(r"http", source.read_text(encoding="utf-8"), re.IGNORECASE) is not None


def announce(child: subprocess.Popen, source: Path) -> None:
    """Prints what to try, as soon as the server listens. A server that does not within two seconds
    has its own reasons, and says them."""
    for _ in range(100):
        address = listening_address(child.pid)
        if address:
            address = address.replace("0.0.0.0", "127.0.0.1")
            if speaks_http(source):
                print(f"open http://{address}/ in a browser, or try:  curl -i http://{address}/",
                      file=sys.stderr, flush=True)
            else:
                host, port = address.split(":")
                print(f"try:  nc {host} {port}", file=sys.stderr, flush=True)
            return
        if child.poll() is not None:
            return
        time.sleep(0.02)


def on_mine(stage: Stage, name: str, all_mine: bool) -> Path:
    """Builds a program on the reader's files."""
    overlays = {}
    blank = []
    for earlier in stages():
        if earlier.number == stage.number or all_mine and earlier.number < stage.number:
            blank += [region for own in yours.load(earlier).values() for region in own.regions.values()
                      if region.numbered and regions.is_blank(own.text, region)]
            overlays[earlier.name] = earlier.yours
    if blank:
        names = ", ".join(region.name for region in sorted(blank, key=lambda region: region.order))
        print(f"Not written yet: {names}. If the program comes to one of these, it ends and says so.",
              file=sys.stderr, flush=True)
    kind = f"{stage.prefix} program {'of all stages' if all_mine else ''}".strip()
    begin = time.monotonic()
    with locks.held("yours"), progress.shown(
            progress.Progress(f"Building {name} on your files", progress.expected([kind], 1), out=sys.stderr)):
        built = stage_build.program(stage, overlays, name)
    progress.remember(kind, time.monotonic() - begin)
    return built


def run(arguments: list[str]) -> int:
    how = arguments[0] if arguments and arguments[0] in ("--mine", "--all-mine") else ""
    if how:
        arguments = arguments[1:]
    if arguments:
        name, *rest = arguments
    else:
        name = next((name for name in FAVOURITES if find_program(name)), "")
        rest = []
    source = find_program(name)
    if source is None:
        lines = [f"there is no program '{name}'." if name else "there is no server to run yet.",
                 "The programs are:"]
        lines += [f"  {file.stem:24} {first_sentence(file)}"
                  for stage in stages() for file in stage.programs()]
        raise Failure("\n".join(lines))

    if how:
        stage = next(stage for stage in stages() if source.is_relative_to(stage.folder))
        program = on_mine(stage, name, how == "--all-mine")
    else:
        with locks.held("release"):
            folder = building.configure("release")
            building.build("release", [name])
        program = folder / "bin" / name
    print(f"running {relative(program)} {' '.join(rest)}".rstrip(), file=sys.stderr, flush=True)
    if not name.endswith("_server"):
        processes.adopt_orphans(False)  # the program takes this process's place, and may have its own
        os.execv(program, [str(program), *rest])

    # Ctrl-C reaches the server directly, since it belongs to the same terminal. A SIGTERM is sent
    # to this process alone, and must be handed on.
    child = processes.start([str(program), *rest], cwd=os.getcwd())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGTERM))
    announce(child, source)
    code = child.wait()
    return 128 - code if code < 0 else code
