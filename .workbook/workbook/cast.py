"""`./workbook docs --cast`: records docs/figures/walk.cast, a walk through the first exercise in a terminal, and
draws docs/figures/walk.svg, which moves on pages that cannot play the recording.

The recording is an asciicast of version 2: a line with what it is, and a line for each piece of output, with
its time. What the commands print is real: they run in a shell on a terminal, in a fresh clone. Only the time is
not: typing is even, a command takes at most two seconds, and then there is time to read. Unseen, the folder's
path is taken out of what is printed, and the answers are written: that of 1.1, and those of step 02 up to the
milestone.
"""

import fcntl
import getpass
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time
from html import escape
from pathlib import Path

from . import building, milestones, named_tests, processes, regions, yours
from .repository import ROOT, Failure, find_stage, relative, write_whole

COLUMNS, ROWS = 88, 26
KEY, LONGEST = 0.035, 2.0  # seconds that a key takes, and at most a command
LIMIT = 300  # seconds for a command of the recording itself
GUESS = "return value < 0 ? -value : 0;"
EDITED = "# Now the body is written again, in an editor. Which one is right is for you to find out."
MILESTONE = "./workbook run --mine echo_loop 8000"
# What is typed; what is printed last, if the command goes on beside the shell; seconds to read it.
WALK = (
    ("./workbook start 01_syscall_macro", "", 2.5),
    ("call=01_syscall_macro/yours/include/syscall/call.hpp", "", 0.2),
    ("grep -A2 'region 1.1' $call", "", 2.0),
    (f"sed -i 's/sys::todo(\"1.1.*/{GUESS}/' $call   # a guess", "", 0.3),
    ("./workbook check", "", 6.0),
    (EDITED, "", 1.5),
    ("./workbook check", "", 3.0),
    ("# Later, when 2.1 to 2.6 of step 02 are right, too, they serve:", "", 0.5),
    (f"{MILESTONE} &", "listening on 127.0.0.1:8000\r\n", 1.0),
    ("echo 'Hello, epoll!' | nc -N 127.0.0.1 8000", "", 4.0),
)
PROMPT = "$ "
AGAIN = "`./workbook docs --cast` records it again"
# A path from the top of a machine, and what looks like a user at a host.
PRIVATE = re.compile(r"(?<![\w.$)*])/(?!dev/null)\w[\w.-]*/[\w./-]*|\w@\w")


def recording(root: Path) -> Path:
    return root / "docs" / "figures" / "walk.cast"


def answer(region: regions.Region) -> str:
    return regions.body(region.file.read_text(encoding="utf-8"), region)


def solve(clone: Path, last: str) -> None:
    """The exercises of a step up to this one, as the reference has them."""
    stage = find_stage(last.split(".")[0], clone)
    if not yours.is_started(stage):
        processes.run(["./workbook", "start", stage.name], cwd=clone, stdout=subprocess.DEVNULL)
    for region in regions.exercises(stage):
        if region.order <= milestones.order(last):
            own = stage.yours / region.file.relative_to(stage.folder)
            text = own.read_text(encoding="utf-8")
            own.write_text(regions.replace(own, text, {region.name: answer(region)}), encoding="utf-8")


class Shell:
    """A shell on a terminal of its own, and what it prints."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {name: os.environ[name] for name in os.environ if name.startswith("CCACHE")}
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], environment | {
                "PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "LANG": "C.UTF-8",
                "PS1": PROMPT, "COLUMNS": str(COLUMNS), "LINES": str(ROWS)})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.until(PROMPT)

    def until(self, last: str) -> list[tuple[float, str]]:
        """What is printed up to these last words, each piece with its time."""
        pieces: list[tuple[float, str]] = []
        begin = time.monotonic()
        whole = ""
        while not (whole.endswith(last) and not select.select([self.fd], [], [], 0.3)[0]):
            if not select.select([self.fd], [], [], LIMIT)[0]:
                raise Failure(f"after {LIMIT} s it prints no {last!r}:\n{whole}", code=1)
            piece = os.read(self.fd, 65536).decode()
            whole += piece
            pieces.append((time.monotonic() - begin, piece))
        return pieces

    def end(self) -> None:
        os.killpg(self.pid, signal.SIGHUP)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def record(clone: Path) -> list[tuple[float, str]]:
    """The events of the walk, in a clone."""
    shell = Shell(clone)
    events = [(0.0, PROMPT)]
    now = 0.5
    try:
        for command, last, read in WALK:
            if command.startswith(MILESTONE):
                after = next(one.after for one in milestones.of(find_stage("02", clone)) if one.command == MILESTONE)
                solve(clone, after)
            elif command == EDITED:
                solve(clone, "1.1")
            for key in command:
                events.append((now, key))
                now += KEY
            os.write(shell.fd, command.encode())
            shell.until(command)  # the terminal's echo
            os.write(shell.fd, b"\n")
            pieces = shell.until(last or PROMPT)
            slower = max(pieces[-1][0] / LONGEST, 1)
            events += [(now + at / slower, piece) for at, piece in pieces]
            now += pieces[-1][0] / slower + read
            if last:  # a reader presses Enter for a fresh prompt
                os.write(shell.fd, b"\n")
                events += [(now, piece) for _, piece in shell.until(PROMPT)]
        return [(at, piece.replace(f"{clone}/", "")) for at, piece in events]
    finally:
        shell.end()


def make(root: Path = ROOT) -> int:
    """Records the walk anew, and draws it."""
    with tempfile.TemporaryDirectory() as temporary:
        clone = Path(temporary) / "workbook"
        building.step("git", "clone", "-q", str(root), str(clone))
        events = record(clone)
    printed = "".join(piece for _, piece in events)
    private = [word for word in (socket.gethostname(), getpass.getuser())
               if re.search(rf"\b{re.escape(word)}\b", printed)]
    if private:
        raise Failure(f"the recording names this machine or its user: {', '.join(private)}", code=1)
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "The first exercise of the epoll workbook"}
    lines = [json.dumps(head), *(json.dumps([round(at, 3), "o", piece]) for at, piece in events)]
    write_whole(recording(root), "\n".join(lines) + "\n")
    write_whole(recording(root).with_suffix(".svg"), drawing(read(recording(root))))
    print(f"{relative(recording(root), root)}: {events[-1][0]:.0f} s")
    return 0


def read(file: Path) -> list[tuple[float, str]]:
    """The events of a recording."""
    return [(at, piece) for at, _, piece in map(json.loads, file.read_text(encoding="utf-8").splitlines()[1:])]


def lines_of(events: list[tuple[float, str]]) -> tuple[list[str], list[tuple[float, int]]]:
    """The lines that a terminal of endless height shows in the end, and from when on there are how many."""
    lines, column = [""], 0
    grown = [(0.0, 1)]
    for at, piece in events:
        for sign in re.findall(r"\x1b\[K|[^\x1b]", piece):
            if sign == "\x1b[K":
                lines[-1] = lines[-1][:column]
            elif sign == "\r":
                column = 0
            elif sign == "\n" or column == COLUMNS:
                lines.append("")
                column = 0
            if sign >= " ":
                lines[-1] = f"{lines[-1]:{column}}"[:column] + sign + lines[-1][column + 1:]
                column += 1
        if len(lines) != grown[-1][1]:
            grown.append((at, len(lines)))
    return lines, grown


STYLE = """\
svg { --ink: #24292f; --ground: #f6f8fa; --typed: #1a6b52; --edge: #d0d7de }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e6e6e6; --ground: #161b22; --typed: #6fcfb1; --edge: #30363d } }
rect { fill: var(--ground) }
.frame { stroke: var(--edge) }
text { fill: var(--ink); white-space: pre; font: 14px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace }
.typed { fill: var(--typed); font-weight: bold }
@media (prefers-reduced-motion: no-preference) {
  g { animation: lines %.1fs step-end infinite }
  .below { animation: below %.1fs step-end infinite } }
"""
WIDTH, LINE = 8.5, 19  # of a sign, and from line to line


def moves(name: str, stops: list[tuple[float, int]]) -> str:
    """Where something stands, in lines below its place, from each part of the whole time on."""
    stops = [stop for stop, before in zip(stops, [(0.0, None), *stops]) if stop[1] != before[1]]
    return "\n".join([f"@keyframes {name} {{", *(f"  {100 * at:.2f}% {{ transform: translateY({LINE * down}px) }}"
                                                for at, down in stops), "}"])


def drawing(events: list[tuple[float, str]]) -> str:
    """The walk as a picture. Its lines move up as they are printed, from below a curtain as long as there is room;
    where nothing may move, it shows the last ones."""
    lines, grown = lines_of(events)
    long = events[-1][0] + 4
    style = "\n".join([STYLE % (long, long),
                       moves("lines", [(at / long, min(ROWS - count, 0)) for at, count in grown]),
                       moves("below", [(at / long, min(ROWS, count)) for at, count in grown])])
    typed = {True: ' class="typed"', False: ""}
    texts = "\n".join(f'<text x="10" y="{LINE * (at + 1) - 4}"{typed[line.startswith(PROMPT)]}>'
                      f"{escape(line, quote=False)}</text>" for at, line in enumerate(lines) if line)
    width, height = round(COLUMNS * WIDTH + 20), ROWS * LINE
    return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title" '
            f'width="{width}" height="{height + 16}" viewBox="0 0 {width} {height + 16}">\n'
            f'<title id="title">A terminal: the first exercise, from start to right</title>\n'
            f"<style>\n{style}\n</style>\n"
            f'<rect class="frame" x="0.5" y="0.5" width="{width - 1}" height="{height + 15}" rx="6"/>\n'
            f'<svg y="8" height="{height}">\n'
            f'<g transform="translate(0 {min(ROWS - len(lines), 0) * LINE})">\n{texts}\n</g>\n'
            f'<rect class="below" x="1" transform="translate(0 {height})" width="{width - 2}" height="{height}"/>\n'
            f'</svg>\n</svg>\n')


def complaints(root: Path = ROOT) -> list[str]:
    """What is not sound about the recording: what it shows must be what a reader would see today."""
    file = recording(root)
    if not file.is_file():
        return []
    events = read(file)
    printed = "".join(piece for _, piece in events)
    first, second = find_stage("01", root), find_stage("02", root)
    exercises = regions.exercises(first)
    region = exercises[0]
    source = region.file.read_text(encoding="utf-8").split("\n")
    marked = [source[region.start], region.blank(), source[region.end]]
    after = [one.after for one in milestones.of(second) if one.command == MILESTONE]
    tests = named_tests.written(root)
    expected = [(f"`{command}`", f"{PROMPT}{command}\r\n") for command, _, _ in WALK]
    expected += [("the blank exercise", "\r\n".join(marked))]
    expected += [(f"{count} exercises", f"{count} of {len(exercises)} right") for count in (0, 1)]
    found = [f"does not show {what}" for what, text in expected if text not in printed]
    found += [f"shows a test that there is not, {name}" for name in re.findall(r"Test:  (\w+\.\w+)", printed)
              if f"{first.prefix}.{name}" not in tests]
    found += [f"shows {name}, which this machine alone knows" for name in PRIVATE.findall(printed)]
    if answer(region).strip() in printed:
        found.append(f"shows the answer of {region.name}")
    if not after or f"2.1 to {after[0]}" not in printed:
        found.append(f"ends with a milestone that the chapter does not name, or not after that exercise: {MILESTONE}")
    if file.with_suffix(".svg").read_text(encoding="utf-8") != drawing(events):
        found.append("is not what its drawing shows")
    return [f"{relative(file, root)} {what}; {AGAIN}" for what in found]
