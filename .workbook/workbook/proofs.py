"""The two proofs about the tests: `./workbook holes` and `./workbook mistakes`.

holes       Each exercise, blank: one of the tests that judge it fails with the message of that very
            exercise. So no exercise is without a test.
  --all     The same of each function that a builder writes: a test of its file fails, having called it.
mistakes    Each known mistake, in the place of the reference's body: every test that it names fails.
            So what the book says goes wrong is seen by the reader, too.

Both use the same build, which holds all these bodies at once: see mutant_builds.py. The sanitizer for
addresses watches; the one for undefined behaviour would double the time of each compilation, and
only a mistake that needs it (or the one for threads) gets a build with it.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from . import builder, gtests, locks
from .blanking import Body
from .holes import all_holes, chosen_exercises, judges
from .mistakes import SANITIZERS, Mistake, read_all, stages_of
from .regions import MARKER, NUMBER, Region
from .repository import Failure, Stage, cores, stages
from .mutant_builds import REACHED, BlankFunction, Schemata, Variant

T = TypeVar("T")
R = TypeVar("R")

HOLE_LIMIT = 20  # seconds for a test that runs into a blank body and waits for ever
MISTAKE_LIMIT = 10  # for each test; the reference needs far less than one


@contextmanager
def mutant_builds(sanitizers: str) -> Iterator[Schemata]:
    """The build of all variants that need these sanitizers, for one process at a time."""
    variants = [mistake.variant() for mistake in read_all([]) if mistake.sanitizers == sanitizers]
    if sanitizers == SANITIZERS[0]:
        variants += all_holes()
    functions = blank_functions() if sanitizers == SANITIZERS[0] else []
    folder = f"variants-{sanitizers}"
    with locks.held(folder):
        yield Schemata(folder, sanitizers, variants, functions=functions)


def side_by_side(items: list[T], work: Callable[[T], R]) -> Iterator[R]:
    """The results in order. Many more at a time than there are processors: what takes long is mostly
    a test that hangs, and that uses none."""
    with ThreadPoolExecutor(8 * cores()) as pool:
        yield from pool.map(work, items)


def discoverer(built: Schemata) -> Callable[[Stage], list[gtests.Test]]:
    """The tests of a stage, which are asked for once."""

    @cache
    def tests_of(stage: Stage) -> list[gtests.Test]:
        tests = gtests.discover(stage, built.program(stage.tests_target()))
        if isinstance(tests, gtests.Outcome):
            raise Failure(f"{stage.name} does not list its tests:\n{tests.output}", code=1)
        return tests

    return tests_of


def judging(tests: list[gtests.Test], stage: Stage, region: Region) -> list[gtests.Test]:
    """Those that judge an exercise."""
    own = judges(stage, region)
    return [test for test in tests for file in [gtests.declared_in(stage, test.name)]
            if file and f"{stage.prefix}_{file.stem}" in own]


@dataclass(frozen=True)
class Hole:
    label: str
    caught_by: str  # a test's name; empty if none did
    trouble: str


def blank_functions() -> list[BlankFunction]:
    """Each function that a builder writes, but for those whose whole body is an exercise."""
    return [BlankFunction(stage, file, body) for stage in stages() for unit in builder.units(stage)
            for file, body in unit.blanks() if not is_exercise(file, body)]


def is_exercise(file: Path, body: Body) -> bool:
    """Whether the body of a function is a numbered region, and nothing else."""
    text = file.read_text(encoding="utf-8")
    inside = text[body.start + 1:body.end - 1].strip().split("\n")
    first, last = MARKER.match(inside[0]), MARKER.match(inside[-1])
    return bool(first and last and NUMBER.match(first["rest"].split()[0]) and
                first["rest"].split()[0] == last["rest"].split()[0])


def holes(arguments: list[str]) -> int:
    words = [word for word in arguments if word != "--all"]
    if len(words) > 1:
        raise Failure("usage: ./workbook holes [stage|number] [--all]")
    chosen = chosen_exercises(words)
    begin = time.monotonic()
    with mutant_builds(SANITIZERS[0]) as built:
        built.build(sorted({stage.tests_target() for stage, _ in chosen}))
        tests_of = discoverer(built)
        blank = {variant.name: variant for variant in all_holes()}
        caught = show_holes(side_by_side(
            chosen, lambda pair: of_exercise(built, tests_of, *pair, blank[pair[1].name])))
        print(f"holes: {caught} of {len(chosen)} exercises are caught by their own message "
              f"({time.monotonic() - begin:.0f} s)", flush=True)
        good = caught == len(chosen) > 0
        if "--all" not in arguments:
            return 0 if good else 1
        begin = time.monotonic()
        functions = [function for function in blank_functions()
                     if any(function.stage == stage for stage, _ in chosen)]
        caught = show_holes((hole for hole in side_by_side(
            functions, lambda function: of_function(built, tests_of, function))), only_bad=True)
        print(f"holes: {caught} of {len(functions)} further functions are caught by their own name "
              f"({time.monotonic() - begin:.0f} s)")
        return 0 if good and caught == len(functions) > 0 else 1


def show_holes(found: Iterable[Hole], only_bad: bool = False) -> int:
    """Prints a line for each, and says how many were caught."""
    caught = 0
    for hole in found:
        caught += bool(hole.caught_by)
        if hole.caught_by and not only_bad:
            print(f"{hole.label:30} caught by {hole.caught_by}", flush=True)
        elif not hole.caught_by:
            print(f"{hole.label:30} NOT CAUGHT: {hole.trouble}", flush=True)
    return caught


def of_exercise(built: Schemata, tests_of: Callable[[Stage], list[gtests.Test]], stage: Stage,
                region: Region, blank: Variant) -> Hole:
    label = f"{region.name:5} {region.title}"
    seen = []
    for test in judging(tests_of(stage), stage, region):
        outcome = gtests.run(test, HOLE_LIMIT, built.chosen(blank))
        if outcome.passed:
            continue
        if region.message in outcome.output:
            return Hole(label, outcome.name, "")
        seen.append(f"  {outcome.name} {outcome.verdict}, without the message")
    asked = ", ".join(judges(stage, region))
    return Hole(label, "", "\n".join([f"no test of {asked} fails with its message", *seen]))


def of_function(built: Schemata, tests_of: Callable[[Stage], list[gtests.Test]],
                function: BlankFunction) -> Hole:
    """All tests of a file are run in one process, as far as the first that fails."""
    stage, label = function.stage, f"{function.stage.prefix} {function.body.name}"
    of_target: defaultdict[str, list[gtests.Test]] = defaultdict(list)
    for test in tests_of(stage):
        file = gtests.declared_in(stage, test.name)
        if file:
            of_target[f"{stage.prefix}_{file.stem}"].append(test)

    def noticed_by(target: str) -> bool:
        some = of_target[target]
        whole = gtests.Test(target, ":".join(test.filter for test in some), some[0].program)
        # On a busy machine the tests before the one that calls it may take the whole time: once more, then.
        for limit in (HOLE_LIMIT, 4 * HOLE_LIMIT):
            with tempfile.NamedTemporaryFile(prefix="workbook-reached-", mode="r") as reached:
                outcome = gtests.run(whole, limit, built.chosen(function) | {REACHED: reached.name},
                                     flags=("--gtest_fail_fast",))
                # The name is not in the output if it was a program that the test runs, or if it is captured.
                called = function.message in outcome.output or bool(reached.read())
            if called or outcome.verdict != "hung":
                return called and not outcome.passed
        return False

    targets = builder.find(function.file.stem, [stage]).judges()
    for target in targets:
        if noticed_by(target):
            return Hole(label, target, "")
    other = next((target for target in of_target if target not in targets and noticed_by(target)), "")
    return Hole(label, "", f"no test of {', '.join(targets)[:60]} fails when it is called; "
                f"{f'one of {other} does: see JUDGES in builder.py' if other else 'none of the step does'}")


def mistakes(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise Failure("usage: ./workbook mistakes [stage|number|region]")
    chosen = read_all(arguments)
    if not chosen:  # nothing to prove is no proof
        raise Failure(f"there is no mistake for '{' '.join(arguments)}'", code=1)
    begin = time.monotonic()
    caught = 0
    for sanitizers in SANITIZERS:
        some = [mistake for mistake in chosen if mistake.sanitizers == sanitizers]
        if some:
            caught += show_mistakes(sanitizers, some)
    print(f"mistakes: {caught} of {len(chosen)} are caught by every test that they name "
          f"({time.monotonic() - begin:.0f} s)")
    return 0 if caught == len(chosen) else 1


def show_mistakes(sanitizers: str, chosen: list[Mistake]) -> int:
    """Prints a line for each, and says how many were caught."""
    with mutant_builds(sanitizers) as built:
        built.build(sorted({stage.tests_target() for mistake in chosen for stage in stages_of(mistake)}))
        tests_of = discoverer(built)

        def examine(mistake: Mistake) -> list[gtests.Outcome]:
            outcomes = []
            for stage, names in stages_of(mistake).items():
                tests = {test.name: test for test in tests_of(stage)}
                for name in names:
                    if name not in tests:
                        raise Failure(f"{mistake.file.name}: {stage.name} has no test {name}", code=1)
                    outcomes.append(gtests.run(tests[name], MISTAKE_LIMIT,
                                               built.chosen(mistake.variant())))
            return outcomes

        caught = 0
        for mistake, outcomes in zip(chosen, side_by_side(chosen, examine)):
            missed = [outcome.name for outcome in outcomes if outcome.passed]
            if missed:
                how = f"NOT CAUGHT: these pass: {', '.join(missed)}"
            else:
                caught += 1
                how = ", ".join(f"{outcome.name} {outcome.verdict}" for outcome in outcomes)
            print(f"{mistake.file.stem:44} {how}", flush=True)
        return caught
