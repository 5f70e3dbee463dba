"""`./workbook bench profile`: where the processor time of one answer goes.

`perf record` looks a few thousand times a second what a server is doing [perf-record(1), cpu-clock: it needs
no counters of the hardware]. A look that finds it in the kernel counts for the system call it is in, any
other for the part of the program that its function belongs to. The shares, times the processor time of one
answer, are the bars; the stacks of our own servers become flame graphs (bench_flames.py).
"""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from . import processes

# The first that matches a function of the stack, from the innermost outwards, while it is in the kernel.
CALLS = (("epoll_wait", r"epoll_wait"), ("send", r"send|writev|sys_write"), ("recv", r"recv|readv|sys_read"),
         ("accept, close", r"accept|close|shutdown|exit_to_user|task_work"))
# ... that matches the function that it is in, otherwise.
PARTS = (("entry of calls", r"^(__)?(libc_)?(send|recv|readv?|writev?|epoll_p?wait|ioctl)(msg|to|from)?$"),
         ("memory", r"malloc|cfree|operator (new|delete)|_int_free"),
         ("parse", r"^http::(\w*Parser|FieldSection|Fields|Request\b|LineScanner|find_line|parse_|\w+_size|\w*Host)"
                   r"|memchr|inet_pton"),
         ("answer", r"^http::|append_head"),
         ("handler", r"examples::|answer_"),
         ("runtime", r"async|event_loop|epoll::|sys::|Scheduler|converse|clock_gettime"))
NAMES = [*(name for name, _ in CALLS), "kernel, else", *(name for name, _ in reversed(PARTS)), "else"]


def part_of(stack: list[tuple[str, str]]) -> str:
    """Of one look: (address, function), the innermost first."""
    address, function = stack[0]
    if not address.startswith("ffff"):
        return next((name for name, pattern in PARTS if re.search(pattern, function)), "else")
    for _, function in stack:
        for name, pattern in CALLS:
            if re.search(pattern, function):
                return name
    return "kernel, else"


def looks(script: str) -> Iterator[list[tuple[str, str]]]:
    """What `perf script` prints, a paragraph for each look: (address, function), the innermost first."""
    for paragraph in script.split("\n\n"):
        stack = re.findall(r"^\s+([0-9a-f]+) (\S.*?)(?:\+0x[0-9a-f]+)? \(", paragraph, re.MULTILINE)
        if stack:
            yield stack


def parts(script: str) -> Counter:
    """How many looks found each part."""
    return Counter(map(part_of, looks(script)))


def record(pids: list[int], seconds: float, scratch: Path) -> str:
    """What `perf script` prints of all looks. The stack is copied with each (dwarf), since our programs and the C
    library are built without frame pointers."""
    data = str(scratch / "perf.data")
    processes.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "4000", "--call-graph", "dwarf,4096", "-o", data,
                   "-p", ",".join(map(str, pids)), "--", "sleep", str(seconds)],
                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return processes.run(["perf", "script", "--no-inline", "-i", data, "-F", "ip,sym,symoff,dso"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
