"""The flame graphs of `./workbook bench profile`: which function of a server takes how much of an answer's time.

`perf` samples the stacks; they are kept in the format that all tools for flame graphs read, a line for each:
`main;http::Session::respond;__send;__x64_sys_sendto_[k] 17`. A box is a function, and stands on the one that has
called it. It is as wide as the samples in which it was on the stack. The unit of the axis is the processor time
of one answer. Functions of the kernel (`_[k]`) are kept down to the tenth below the program's own, and a box of
less than half a percent is not drawn.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from . import bench_profile

KERNEL, KERNEL_DEPTH = "_[k]", 10
WIDTH, ROW = 900, 18  # pixels
SMALLEST = 0.005  # of the whole
LETTER = 6.6  # pixels, on average
COLOURS = ((rf"{re.escape(KERNEL)}$", 0xD9D0CB), (r"^http::", 0xA8D8A0), (r"^(async|event_loop|epoll|sys)::", 0x9FC5E8),
           (r"^(examples|Worker)::|^main$|^answer", 0xFFE08A), (r"", 0xF4B183))
SCRIPT = """
set terminal svg size {width},{height} font 'sans-serif,12' noenhanced background '#ffffff'
set output '{output}'
set title "{title}"
set xlabel 'processor time of an answer, us'
set xrange [0:{us}]
set yrange [-0.6:{rows}-0.4]
unset ytics
unset key
set border 1
set xtics nomirror
$data << END
{data}
END
plot $data using (0.5*($1+$2)):3:(0.5*($2-$1)):(0.47):4 with boxxyerror fs solid 1 border lc rgb '#ffffff' lc rgb variable, \\
     $data using 1:3:5 with labels left offset 0.3,0
"""


def short(name: str) -> str:
    """A function without its parameters and template arguments: `async::Waiter::begin`."""
    if name.startswith("_ZN"):  # too long for perf: the names at its beginning, each behind its length
        parts, rest = [], name[3:]
        while found := re.match(r"(\d+)", rest):
            size = found.end() + int(found[1])
            parts.append(rest[found.end():size])
            rest = rest[size:]
        return "::".join(parts)
    name = re.sub(r"\(anonymous namespace\)::|\{lambda\([^)]*\)#\d+\}(::)?|operator(<=>|<<|>>|->|<|>|\(\))", "", name)
    while (less := re.sub(r"<[^<>]*>", "", name)) != name:
        name = less
    return name.partition("(")[0].split(" ")[-1].rstrip(":").replace(";", ":") or "?"


def fold(script: str) -> Counter:
    """Of what `perf script` prints, how many samples found each stack, from `main` inwards."""
    found: Counter = Counter()
    for stack in bench_profile.looks(script):
        user = [short(name) for address, name in reversed(stack) if not address.startswith("ffff")]
        kernel = [name + KERNEL for address, name in reversed(stack) if address.startswith("ffff")]
        if user:
            user = user[user.index("main"):] if "main" in user else user
            found[";".join(user + kernel[:KERNEL_DEPTH])] += 1
    return found


def write(stacks: Counter, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{stack} {count}\n" for stack, count in sorted(stacks.items())), encoding="utf-8")


@dataclass
class Frame:
    samples: int = 0
    called: dict[str, "Frame"] = field(default_factory=dict)


def tree(folded: str) -> Frame:
    root = Frame()
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        root.samples += int(count)
        frame = root
        for name in stack.split(";"):
            frame = frame.called.setdefault(name, Frame())
            frame.samples += int(count)
    return root


def boxes(frame: Frame, smallest: float, left: int = 0, row: int = 0) -> list[tuple[int, int, int, str]]:
    """(left, right, row, name) of all that a frame has called, in samples."""
    found = []
    for name, called in sorted(frame.called.items()):
        right = left + called.samples
        if called.samples >= smallest:
            found += [(left, right, row, name), *boxes(called, smallest, left, row + 1)]
        left = right
    return found


def label(name: str, share: float) -> str:
    """As much of a name as a box has room for."""
    letters = int(share * (WIDTH - 60) / LETTER) - 1
    name = name.removesuffix(KERNEL)
    return name if len(name) <= letters else f"{name[:letters - 1]}…" if letters > 3 else ""


def plot(title: str, us: float, folded: str, output: Path) -> str:
    """What gnuplot draws; `us`: the width of the whole."""
    root = tree(folded)
    found = boxes(root, SMALLEST * root.samples)
    unit = us / max(1, root.samples)
    rows = 1 + max((row for _, _, row, _ in found), default=0)
    data = "\n".join(f'{left * unit} {right * unit} {row} {fill(name)} "{label(name, (right - left) / root.samples)}"'
                     for left, right, row, name in found)
    return SCRIPT.format(width=WIDTH, height=90 + ROW * rows, output=output, title=title, us=us, rows=rows, data=data)


def fill(name: str) -> int:
    return next(colour for pattern, colour in COLOURS if re.search(pattern, name))
