"""`./workbook check test 2.8`: the exercises turned round. The reader gets a mistake in words and writes the
test that catches it, in `STAGE/yours/tests/2_8_test.cpp`.

The test is built against the reference, where it must pass, and against each known mistake in the body of
that exercise: with the one that was described it must fail, and the others are a bonus.
"""

import re
import textwrap
import time
from pathlib import Path

from . import building, compiler_errors, gtests, hangs, locks, mistakes, progress, regions
from .mistakes import Mistake
from .repository import Failure, Stage, cores, relative, stages
from .sandbox import Sandbox

# Two for each step: mistakes of bodies that a test can reach through the header alone.
ASKED = ("1.2-once_more_is_enough", "1.5-counts_the_others_too", "2.8-the_generation_is_ignored",
         "2.15-again_and_again", "3.1-cr_is_judged_too_early", "3.4-wraps_around", "4.2-still_in_the_heap",
         "4.3-timers_set_meanwhile", "5.13-the_oldest_makes_room", "5.14-the_end_before_the_last_message")
NOT_WRITTEN = "this test is not written yet"
TIME_LIMIT = 20  # seconds for each test


def asked(stage: Stage) -> list[Mistake]:
    """The mistakes that a reader writes tests for."""
    return [mistake for mistake in mistakes.read_all([stage.name]) if mistake.file.stem in ASKED]


def file_for(mistake: Mistake) -> Path:
    return mistake.stage.yours / "tests" / f"{mistake.region.name.replace('.', '_')}_test.cpp"


def header_of(mistake: Mistake) -> str:
    """What a test of this body includes: the header that promises what it does."""
    include = mistake.stage.folder / "include"
    found = sorted(include.rglob(f"{mistake.region.file.stem}.hpp"))
    if len(found) != 1:
        raise Failure(f"{relative(mistake.region.file)} has no header of its name", code=1)
    return str(found[0].relative_to(include))


def blank(mistake: Mistake) -> str:
    words = (f"Write the test that catches a mistake in {mistake.region.label}. This holds in the reference, and "
             f"not with the mistake:\n\n  {mistake.head['breaks']}\n\nWhat a user reports: "
             f"{mistake.head['symptom']}.\n\n  ./workbook check test {mistake.region.name}")
    lines = [line for part in words.split("\n") for line in textwrap.wrap(part, 97) or [""]]
    return "\n".join([*(f"// {line}".rstrip() for line in lines), "#include <gtest/gtest.h>", "",
                      f'#include "{header_of(mistake)}"', "",
                      f'TEST(Mine, says_what_holds) {{ FAIL() << "{NOT_WRITTEN}"; }}', ""])


def lay(mistake: Mistake) -> Path:
    """The reader's file; laid if it is not there."""
    file = file_for(mistake)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(blank(mistake))
    return file


def is_open(mistake: Mistake) -> bool:
    """Whether the reader has the file, and no test in it."""
    return file_for(mistake).is_file() and NOT_WRITTEN in file_for(mistake).read_text(encoding="utf-8")


def listed(stage: Stage) -> list[str]:
    """A line of `list` for each."""
    return [f"  test      {mistake.region.name:5} for {mistake.region.title:20} "
            f"{'open' if is_open(mistake) else 'written' if file_for(mistake).is_file() else '':7} "
            f"./workbook check test {mistake.region.name}" for mistake in asked(stage)]


def told(stage: Stage, right: set[str]) -> list[str]:
    """What `check` says about the tests that wait to be written: those of exercises that are right."""
    waiting = [mistake for mistake in asked(stage) if mistake.region.name in right and is_open(mistake)]
    lines = [f"A test to write:  ./workbook check test {mistake.region.name}      ({relative(file_for(mistake))})"
             for mistake in waiting]
    return ["", *lines] if lines else []


def find(words: list[str]) -> Mistake:
    """The mistake that `check test 2.8` means."""
    number = words[0] if len(words) == 1 else ""
    for stage in stages():
        for mistake in asked(stage):
            if mistake.region.name == number:
                return mistake
    numbers = ", ".join(stem.partition("-")[0] for stem in ASKED)
    raise Failure(f"you are not asked for a test of {number or 'nothing'}. These are: {numbers}")


def failing(sandbox: Sandbox, stage: Stage, target: str, file: Path) -> list[gtests.Outcome]:
    """The reader's tests that fail with what the sandbox holds now."""
    good, printed = sandbox.build(stage, [target], cores())
    if not good:
        told = compiler_errors.first(building.compiler_said(printed), [file])
        raise Failure("\n".join(["it does not compile:", *told]), code=1)
    tests = gtests.discover(stage, sandbox.program(stage, target))
    if isinstance(tests, gtests.Outcome):
        return [tests]
    if not tests:
        raise Failure(f"there is no TEST in {relative(file)}", code=1)
    outcomes = [gtests.run(test, TIME_LIMIT, look=hangs.stack) for test in tests]
    return [outcome for outcome in outcomes if not outcome.passed]


def caught(sandbox: Sandbox, mistake: Mistake, target: str, file: Path) -> bool:
    reference = mistake.region.file
    text = regions.replace(reference, reference.read_text(encoding="utf-8"), {mistake.region.name: mistake.body})
    with sandbox.variant(reference, text, in_tests_only=reference.suffix == ".hpp"):
        return bool(failing(sandbox, mistake.stage, target, file))


def judge(mistake: Mistake) -> int:
    file, stage = lay(mistake), mistake.stage
    if NOT_WRITTEN in file.read_text(encoding="utf-8"):
        print(f"Open: the test for {mistake.region.label}, in {relative(file)}. It is to catch this:\n\n"
              f"    {mistake.head['breaks']}: with the mistake, it does not hold.")
        return 1
    target = f"{stage.prefix}_mine_{file.stem}"
    others = [other for other in mistakes.read_all([mistake.region.name])
              if other.file != mistake.file and other.sanitizers != "thread"]
    kind, begin = f"{stage.prefix} {file.name}", time.monotonic()
    what = progress.Progress(f"Judging {relative(file)}", progress.expected([kind], 1))
    with locks.held("yours"), progress.shown(what):
        sandbox = Sandbox()
        sandbox.prepare(stage)
        bad = failing(sandbox, stage, target, file)
        named = not bad and caught(sandbox, mistake, target, file)
        bonus = [other for other in others if named and caught(sandbox, other, target, file)]
    progress.remember(kind, time.monotonic() - begin)
    if bad:
        said = re.sub(r"(?m)^(Note: Google|\[|Running main).*\n", "", bad[0].output).strip()
        print(f"With the reference, which is right, this test fails: {bad[0].name}\n\n"
              f"{textwrap.indent(said, '    ')}")
        return 1
    if not named:
        print(f"It passes with the reference, and with the mistake, too. What does not hold there:\n\n"
              f"    {mistake.head['breaks']}")
        return 1
    print(f"It passes with the reference, and fails with the mistake: well done. It catches {len(bonus)} of "
          f"{len(others)} other mistakes in {mistake.region.label}.")
    missed = [other.head["breaks"] for other in others if other not in bonus]
    if missed:
        print("With those that it does not catch, this does not hold:\n\n" + textwrap.indent("\n".join(missed), "    "))
    return 0
