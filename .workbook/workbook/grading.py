"""Judges the exercises of a reader's stage, each for itself.

An exercise is judged in the reader's own file, built into the reference: for this one judgement,
the file's other exercises and all other files are those of the reference. So an exercise can be
solved in any order, and one that crashes, hangs or does not compile spoils its own line only. (A
mistake outside the exercises' markers belongs to all exercises of that file.)

An exercise is right if it is written, compiles, and every test that judges it passes: these are the
tests of the file's own name (see `holes`, which proves that they notice a blank body). When all are
right, the stage is built once more from the reader's files alone, and all its tests must pass.

Verdicts are kept in build/yours/, by a digest of everything they depend on; only what has changed
is judged again.
"""

import hashlib
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import building, gtests, hangs, progress, regions
from .holes import judges
from .regions import Region
from .repository import ROOT, Failure, Stage, cores, relative, stages, write_whole
from .sandbox import FLAGS, FOLDER, SANITIZERS, Sandbox, in_sandboxes, lanes
from .yours import OwnFile

TIME_LIMIT = 20  # seconds for each test; the slowest needs a few, on a machine that is not busy

OPEN, WRONG, BROKEN, RIGHT = "open", "wrong", "does not compile", "right"


@dataclass
class Verdict:
    """What became of an exercise. `output` is the compiler's, or the first failing test's."""

    name: str
    state: str
    test: str = ""  # the first failing test
    how: str = ""  # "failed", "crashed", "hung" or "unwritten"
    output: str = ""
    tests: int = 0  # how many judged it
    program: str = ""  # the test program that holds the failing test
    others: list[str] = field(default_factory=list)  # further tests of it that fail


def standing_alone(own: OwnFile, region: Region) -> str:
    """The reader's file with all exercises but one as the reference has them. The compiler is told
    whose line is whose, so that its messages lead to what the reader wrote, and show nothing of the
    reference's bodies: there is no file of the name that it is given for them."""
    reference = own.reference.read_text(encoding="utf-8")
    others = {other.name: other for other in regions.parse(own.reference, reference)
              if other.numbered and other.name != region.name}
    lines = own.text.split("\n")
    for mine in sorted(own.regions.values(), key=lambda found: found.start, reverse=True):
        if mine.name in others:
            other = others[mine.name]
            lines[mine.start + 1:mine.end] = [
                f'#line 1 "(exercise {other.name} of the reference)"',
                *regions.body(reference, other).split("\n"),
                f'#line {mine.end + 1} "{own.path}"']
    return "\n".join([f'#line 1 "{own.path}"', *lines])


def differs_in_bodies_only(own: OwnFile) -> bool:
    reference = own.reference.read_text(encoding="utf-8")
    return regions.blank(own.reference, own.text) == regions.blank(own.reference, reference)


def fingerprint(stage: Stage) -> str:
    """A digest of everything but the reader's text that a verdict depends on."""
    digest = hashlib.sha256(f"{SANITIZERS} {FLAGS}".encode())
    for earlier in stages():
        if earlier.number > stage.number:
            continue
        for file in [*earlier.sources(), *earlier.files("tests"), earlier.folder / "CMakeLists.txt"]:
            digest.update(str(file).encode() + file.read_bytes())
    for file in sorted((ROOT / ".workbook/cmake").glob("*.cmake")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


LAST = ("hung", "unwritten")


def until_one_hangs(tests: list[gtests.Test], jobs: int, last: tuple[str, ...] = LAST) -> list[gtests.Outcome]:
    """Runs tests, some at the same time, and begins no new one when one has hung, or has met a blank
    body: the reader need not wait for all of them."""
    enough = threading.Event()

    def run(test: gtests.Test) -> gtests.Outcome | None:
        if enough.is_set():
            return None
        outcome = gtests.run(test, TIME_LIMIT, look=hangs.stack)
        if outcome.verdict in last:
            enough.set()
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        return [outcome for outcome in pool.map(run, tests) if outcome is not None]


@dataclass(frozen=True)
class Candidate:
    """An exercise as the reader has it, in a file of the reference."""

    stage: Stage
    region: Region
    text: str
    only_bodies: bool  # the reader's file differs from the reference's in exercises only


def kind(sandbox: Path, stage: Stage, region: Region) -> str:
    """Judgements of one kind take about as long as each other: see progress.py."""
    built = (sandbox / "build" / stage.prefix / "build.ninja").exists()
    return f"{stage.prefix} {region.file.name if built else 'the first time'}"


def judge(sandbox: Sandbox, candidate: Candidate, jobs: int) -> Verdict:
    """Judges an exercise, and remembers how long that took."""
    begin, of_kind = time.monotonic(), kind(sandbox.folder, candidate.stage, candidate.region)
    verdict = build_and_run(sandbox, candidate, jobs)
    if verdict.state != BROKEN:  # a build that stops at an error is short
        progress.remember(of_kind, time.monotonic() - begin)
    return verdict


def build_and_run(sandbox: Sandbox, candidate: Candidate, jobs: int) -> Verdict:
    stage, region = candidate.stage, candidate.region
    targets = judges(stage, region)
    # A body is compiled with the tests only, where that says the same as compiling it into the library.
    in_tests_only = candidate.only_bodies and region.file.suffix == ".hpp"
    if jobs < cores():  # others stand side by side with it
        sandbox.prepare(stage)
    with sandbox.variant(region.file, candidate.text, in_tests_only):
        good, printed = sandbox.build(stage, targets, jobs)
        if good:
            return run(sandbox, candidate, targets, jobs)
    sandbox.prepare(stage)  # is it the reference that does not compile?
    return Verdict(region.name, BROKEN, output=building.compiler_said(printed))


def run(sandbox: Sandbox, candidate: Candidate, targets: list[str], jobs: int,
        last: tuple[str, ...] = LAST) -> Verdict:
    """Runs the judges of an exercise, which are built."""
    stage, name = candidate.stage, candidate.region.name
    count = 0
    for target in targets:
        tests = gtests.discover(stage, sandbox.program(stage, target))
        outcomes = [tests] if isinstance(tests, gtests.Outcome) else until_one_hangs(tests, jobs, last)
        count += len(outcomes)
        bad = [outcome for outcome in outcomes if not outcome.passed]
        if bad:
            return Verdict(name, WRONG, bad[0].name, bad[0].verdict, bad[0].output,
                           count, target, [outcome.name for outcome in bad[1:]])
    return Verdict(name, RIGHT, tests=count)


class Memory:
    """The verdicts of a stage from earlier runs, each under the digest of what it rests on."""

    def __init__(self, stage: Stage):
        self.file = FOLDER / f"verdicts-{stage.prefix}.json"
        try:
            self.held = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.held = {}
        self.base = fingerprint(stage)

    def key(self, text: str, state: str) -> str:
        """The numbers of lines move when the reader writes in the exercise above; that matters only
        to an output that names them."""
        if state == RIGHT:
            text = re.sub(r"(?m)^#line \d+", "#line", text)
        return hashlib.sha256((self.base + text).encode()).hexdigest()

    def recall(self, name: str, text: str) -> Verdict | None:
        entry = self.held.get(name)
        if entry and entry["key"] == self.key(text, entry["verdict"]["state"]):
            return Verdict(**entry["verdict"])
        return None

    def keep(self, verdict: Verdict, text: str) -> None:
        self.held[verdict.name] = {"key": self.key(text, verdict.state),
                                   "verdict": asdict(verdict)}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.file, json.dumps(self.held))


class Grades:
    """A verdict for each exercise of a stage, in their order. Of the blank ones only the next one is
    worth building: its first failing test tells the reader what to do."""

    def __init__(self, stage: Stage, own: dict[Path, OwnFile], only: set[str] | None = None):
        """`only`: these exercises, as if there were no others."""
        self.stage = stage
        self.own = own
        self.memory = Memory(stage)
        self.exercises = [region for region in regions.exercises(stage)
                          if only is None or region.name in only]
        self.verdicts: dict[str, Verdict] = {}
        written = []
        for region in self.exercises:
            mine = own[region.file]
            if mine.trouble or region.name not in mine.regions:
                why = mine.trouble or (
                    f"{relative(mine.path)}: the markers of {region.name} are gone. Put "
                    f"'// #region {region.label}' and '// #endregion {region.name}' around its body "
                    "again.")
                self.verdicts[region.name] = Verdict(region.name, BROKEN, output=why)
            elif regions.is_blank(mine.text, mine.regions[region.name]):
                self.verdicts[region.name] = Verdict(region.name, OPEN)
            else:
                written.append(region)
        self._settle(written)

    def of(self, *states: str) -> list[Verdict]:
        """The verdicts with one of these states."""
        return [self.verdicts[region.name] for region in self.exercises
                if self.verdicts[region.name].state in states]

    def next_one(self) -> Verdict:
        """The first blank exercise, with the test that it fails."""
        name = self.of(OPEN)[0].name
        region = next(region for region in self.exercises if region.name == name)
        self._settle([region])
        verdict = self.verdicts[name]
        if verdict.state == RIGHT:
            raise Failure(f"exercise {region.label} passes its tests without being written: this is "
                          "a hole in the tests; `./workbook holes` finds it", code=1)
        if verdict.state == WRONG:
            verdict.state = OPEN
        return verdict

    def _settle(self, wanted: list[Region]) -> None:
        """Judges these, unless it is known already."""
        tasks = []
        for region in wanted:
            text = standing_alone(self.own[region.file], region)
            known = self.memory.recall(region.name, text)
            if known:
                self.verdicts[region.name] = known
            else:
                tasks.append(Candidate(self.stage, region, text, differs_in_bodies_only(self.own[region.file])))
        if not tasks:
            return
        with progress.shown(self._progress(tasks)) as told:
            for task, verdict in zip(tasks, in_sandboxes(tasks, judge)):
                self.memory.keep(verdict, task.text)
                self.verdicts[verdict.name] = verdict
                told.done += 1

    def _progress(self, tasks: list[Candidate]) -> progress.Progress:
        labels = [task.region.label for task in tasks]
        what = f"Judging {', '.join(labels) if len(labels) <= 3 else f'{len(labels)} exercises'}"
        count = lanes(len(tasks))
        kinds = [kind(FOLDER / str(i % count), task.stage, task.region) for i, task in enumerate(tasks)]
        return progress.Progress(what, progress.expected(kinds, count), len(tasks))
