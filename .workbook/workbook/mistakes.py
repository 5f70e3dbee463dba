"""Mistakes: bodies that look right, and that the tests must catch.

A mistake is a file `<stage>/mistakes/2.1-inherited_by_children.cpp`: a body for exercise 2.1 that
compiles, looks innocent, and is wrong. Where a reader is not asked to write a body, but many have written
it wrongly, it is `<stage>/mistakes/waiter.wake-resumed_at_once.cpp`: a body for the region
`waiter.wake` of waiter.cpp (see regions.py). It begins with a comment that says

    // breaks: what no longer holds
    // caught by: 02.Poll.closed_in_a_child, 02.Pipe.closed_in_a_child
    // seen in: where it was made
    // symptom: what a user would report
    // sanitizer: thread          (or undefined: only if it takes this one to see it; else address)

where an entry may continue in further comment lines. What follows the comment is the body. Every test
that it names must fail with that body in the place of the reference's: by an expectation, a crash (a
sanitizer's report is one), or the time limit. `./workbook mistakes` proves it: see proofs.py.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from . import gtests, regions
from .holes import chosen_exercises
from .regions import BODY, NUMBER, Region
from .repository import Failure, Stage, relative, stages
from .mutant_builds import Variant

ENTRIES = ("breaks", "caught by", "seen in", "symptom", "sanitizer")
REQUIRED = ENTRIES[:4]
SANITIZERS = ("address", "undefined", "thread")


@dataclass(frozen=True)
class Mistake:
    file: Path
    stage: Stage
    region: Region
    head: dict[str, str]
    body: str
    line: int  # of the body's first line, from 1

    @property
    def tests(self) -> list[str]:
        return [name for name in re.split(r"[,\s]+", self.head["caught by"]) if name]

    @property
    def sanitizers(self) -> str:
        return self.head.get("sanitizer", SANITIZERS[0])

    def variant(self) -> Variant:
        return Variant(self.file.stem, self.stage, self.region, self.body, self.file, self.line)


def read_head(file: Path, lines: list[str]) -> tuple[dict[str, str], int]:
    """The entries of the first comment, and the index of the first line after it."""
    head: dict[str, str] = {}
    entry = ""
    at = 0
    while at < len(lines) and lines[at].startswith("//"):
        text = lines[at].removeprefix("//").strip()
        at += 1
        begin = re.match(rf"({'|'.join(ENTRIES)}):\s*(.*)", text)
        if begin:
            entry = begin[1]
            if entry in head:
                raise Failure(f"{relative(file)}:{at}: a second '{entry}:'", code=1)
            head[entry] = begin[2]
        elif entry:
            head[entry] = f"{head[entry]} {text}".strip()
    for entry in REQUIRED:
        if not head.get(entry):
            raise Failure(f"{relative(file)}: its first comment has no '// {entry}: ...'",
                          code=1)
    if head.get("sanitizer", SANITIZERS[0]) not in SANITIZERS:
        raise Failure(f"{relative(file)}: the sanitizer is one of {', '.join(SANITIZERS)}", code=1)
    return head, at


def read(file: Path, stage: Stage, bodies: dict[str, Region]) -> Mistake:
    name = re.fullmatch(r"([a-z0-9_]+\.[a-z0-9_]+)-[a-z0-9_]+", file.stem)
    if not name:
        raise Failure(f"{relative(file)}: a mistake is named like 2.1-inherited_by_children.cpp, or "
                      "like waiter.wake-resumed_at_once.cpp", code=1)
    if name[1] not in bodies:
        what = "exercise" if NUMBER.match(name[1]) else "region"
        raise Failure(f"{relative(file)}: {stage.name} has no {what} {name[1]}", code=1)
    lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    head, at = read_head(file, lines)
    while at < len(lines) and not lines[at].strip():
        at += 1
    if at == len(lines):
        raise Failure(f"{relative(file)}: there is no body after the first comment", code=1)
    return Mistake(file, stage, bodies[name[1]], head, "\n".join(lines[at:]), at + 1)


def read_all(words: list[str]) -> list[Mistake]:
    """All mistakes; those of one stage; or of one region, by its number or name."""
    found = []
    for stage in stages():
        bodies = {region.name: region for region in regions.replaceable(stage)}
        for file in stage.folder.glob("mistakes/*"):
            found.append(read(file, stage, bodies))
    found.sort(key=lambda mistake: (mistake.stage.number, mistake.region.order,
                                    mistake.region.file, mistake.region.start, mistake.file.name))
    if words and BODY.match(words[0]):
        return [mistake for mistake in found if mistake.region.name == words[0]]
    chosen = chosen_exercises(words)
    if words and NUMBER.match(words[0]):
        return [mistake for mistake in found if mistake.region.name == chosen[0][1].name]
    return [mistake for mistake in found if any(mistake.stage == stage for stage, _ in chosen)]


def stages_of(mistake: Mistake) -> dict[Stage, list[str]]:
    """The tests that a mistake names, by their stage."""
    found: dict[Stage, list[str]] = {}
    for name in mistake.tests:
        stage = next((stage for stage in stages() if name.startswith(stage.prefix + ".")), None)
        if stage is None or gtests.declared_in(stage, name) is None:
            raise Failure(f"{relative(mistake.file)}: there is no test {name}", code=1)
        found.setdefault(stage, []).append(name)
    return found
