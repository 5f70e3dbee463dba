"""Regions: the named pieces of a source file.

    // #region 2.4 make_event          numbered: an exercise. `2` is the stage, `4` its number there.
    ...
    // #endregion 2.4

    // #region poll-class              named: only there to be quoted by the book.
    ...
    // #endregion poll-class

    // #region waiter.wake             named like a function of waiter.cpp: its body, or all that
                                       matters of it. No exercise; but a mistake may replace it.

An exercise may say which tests judge it, if these are not the ones of the file's own name:

    // #region 3.4 limits @context_test @parser_test

Named regions may hold other regions, but they may not overlap them. A numbered one holds no
numbered one: a blank body has no room for a second exercise. A file in tools other than C++ may
start its markers with another sign than `//`; `#` is understood as well.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .repository import Failure, Stage, relative

MARKER = re.compile(r"^(?P<indent>[ \t]*)(?://|#)[ \t]*#(?P<kind>region|endregion)\b[ \t]*(?P<rest>.*)$")
NUMBER = re.compile(r"^(\d+)\.(\d+)$")
BODY = re.compile(r"^([a-z][a-z0-9_]*)\.([a-z0-9_]+)$")


class RegionError(Failure):
    """A marker that does not fit; the message begins with file and line."""

    def __init__(self, file: Path, line: int, message: str):
        super().__init__(f"{relative(file)}:{line}: {message}", code=1)


@dataclass(frozen=True)
class Region:
    """Lines `start` to `end` of a file, counted from 0: the marker lines themselves."""

    file: Path
    name: str  # "2.4" or "poll-class"
    title: str  # "make_event"; empty for a named one
    judges: tuple[str, ...]  # test files that the marker names; mostly none
    start: int
    end: int
    indent: str

    @property
    def numbered(self) -> bool:
        return NUMBER.match(self.name) is not None

    @property
    def order(self) -> tuple[int, ...]:
        """2.10 comes after 2.9, and what is no exercise comes after all of them."""
        if not self.numbered:
            return (sys.maxsize,)
        return tuple(int(part) for part in self.name.split("."))

    @property
    def stage_number(self) -> int:
        return self.order[0]

    @property
    def label(self) -> str:
        """What `todo` is given: "2.4 make_event"."""
        return f"{self.name} {self.title}".strip()

    @property
    def message(self) -> str:
        """What a test shows when it runs into the blank body; see syscall/todo.hpp."""
        return f"exercise {self.name} ({self.title}) is not written yet"

    def blank(self) -> str:
        return f'{self.indent}sys::todo("{self.label}");'


def parse(file: Path, text: str | None = None) -> list[Region]:
    """All regions of a file, in the order of their first lines."""
    if text is None:
        text = file.read_text(encoding="utf-8")
    open_: list[tuple[str, str, tuple[str, ...], int, str]] = []
    found: dict[str, Region] = {}
    for at, line in enumerate(text.split("\n")):
        marker = MARKER.match(line)
        if not marker:
            continue
        words = marker["rest"].split()
        if not words:
            raise RegionError(file, at + 1, f"#{marker['kind']} without a name")
        name = words[0]
        if marker["kind"] == "region":
            if name in found or any(name == other[0] for other in open_):
                raise RegionError(file, at + 1, f"region {name} begins a second time")
            judges = tuple(word[1:] for word in words[1:] if word.startswith("@"))
            title = " ".join(word for word in words[1:] if not word.startswith("@"))
            if NUMBER.match(name):
                if not title:
                    raise RegionError(file, at + 1, f"exercise {name} has no title")
                for other in open_:
                    if NUMBER.match(other[0]):
                        raise RegionError(file, at + 1, f"exercise {name} stands inside {other[0]}")
            open_.append((name, title, judges, at, marker["indent"]))
        else:
            if not open_ or open_[-1][0] != name:
                why = f"region {open_[-1][0]} is open" if open_ else "no region is open"
                raise RegionError(file, at + 1, f"#endregion {name}, but {why}")
            name, title, judges, start, indent = open_.pop()
            found[name] = Region(file, name, title, judges, start, at, indent)
    if open_:
        raise RegionError(file, open_[-1][3] + 1, f"region {open_[-1][0]} is never closed")
    return sorted(found.values(), key=lambda region: region.start)


def body(text: str, region: Region) -> str:
    """What stands between the markers."""
    return "\n".join(text.split("\n")[region.start + 1:region.end])


def is_blank(text: str, region: Region) -> bool:
    """True while the body still calls todo for this very exercise (in code, not in a comment)."""
    call = re.compile(r"\btodo\s*\(\s*\"" + re.escape(region.name) + r"[ \"]")
    return any(call.search(line.split("//")[0]) for line in body(text, region).split("\n"))


def replace(file: Path, text: str, bodies: dict[str, str]) -> str:
    """The text with the bodies of these regions replaced; the markers stay."""
    lines = text.split("\n")
    for region in reversed(parse(file, text)):
        if region.name in bodies:
            lines[region.start + 1:region.end] = bodies[region.name].split("\n")
    return "\n".join(lines)


def blank(file: Path, text: str, names: set[str] | None = None) -> str:
    """The text with these exercises blank; all of them by default."""
    chosen = [region for region in parse(file, text)
              if region.numbered and (names is None or region.name in names)]
    return replace(file, text, {region.name: region.blank() for region in chosen})


def exercises(stage: Stage) -> list[Region]:
    """The numbered regions of a stage, by number. They are looked at all together:
    one number stands for one exercise, and belongs to the stage that it begins with."""
    found: dict[str, Region] = {}
    for file in stage.files("include", "src", "examples"):
        for region in parse(file):
            if not region.numbered:
                continue
            line = region.start + 1
            if file.parent == stage.folder / "examples":
                raise RegionError(file, line, f"exercise {region.name} stands in an example: only "
                                  "files of include/, src/ and examples/support/ can be exercises")
            if region.stage_number != stage.number:
                raise RegionError(file, line, f"exercise {region.name} stands in {stage.name}")
            if region.name in found:
                other = relative(found[region.name].file)
                raise RegionError(file, line, f"exercise {region.name} stands in {other} too")
            found[region.name] = region
    return sorted(found.values(), key=lambda region: region.order)


def replaceable(stage: Stage) -> list[Region]:
    """What a mistake may replace: the exercises of a stage, and the regions that are named like a
    function of their file. Each of them holds a whole body or run of statements, and none of them
    another one."""
    found = {region.name: region for region in exercises(stage)}
    for file in stage.sources():
        last = None
        for region in parse(file):
            body_of = BODY.match(region.name)
            if not region.numbered and not body_of:
                continue
            if body_of and body_of[1] != file.stem:
                raise RegionError(file, region.start + 1, f"region {region.name} is named like a "
                                  f"function of another file: {file.stem}.{body_of[2]} would do")
            if last and region.start < last.end:
                raise RegionError(file, region.start + 1, f"region {region.name} stands inside "
                                  f"{last.name}, which a mistake may replace")
            if body_of and region.name in found:
                raise RegionError(file, region.start + 1, f"region {region.name} stands in "
                                  f"{relative(found[region.name].file)} too")
            found[region.name] = last = region
    return list(found.values())
