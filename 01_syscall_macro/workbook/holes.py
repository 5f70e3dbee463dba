"""`./workbook holes [stage|number]`: is there a test behind every exercise?

Each exercise is made blank alone. It must still compile, and one of the tests that judge it must
then fail with the message of that very exercise. These are

  * the tests of the files that its marker names:      // #region 3.4 limits @context_test
  * else the tests of its own name:                    src/poll.cpp is judged by tests/poll_test.cpp
  * else, if there is no such file, all of the stage.

`check` judges a reader's body by the same tests, so an exercise that passes here cannot be passed
there without being written.
"""

import time
from dataclasses import dataclass

from . import gtests, regions
from .regions import Region
from .repository import Failure, Stage, find_stage, stages
from .variants import Kind, Workshop, in_workshops

# The undefined-behaviour sanitizer would double the time of each compilation. It is there when the
# reference is tested, and when a reader's body is judged.
VARIANTS = Kind("variants", "address")
TIME_LIMIT = 20  # seconds for a test that runs into a blank body and waits for ever


def judges(stage: Stage, region: Region) -> list[str]:
    """The CMake targets of the tests that judge an exercise."""
    every = stage.test_targets()
    if region.judges:
        chosen = [f"{stage.prefix}_{name}" for name in region.judges]
        for target in chosen:
            if target not in every:
                raise regions.RegionError(region.file, region.start + 1,
                                          f"there is no tests/{target[3:]}.cpp")
        return chosen
    own = f"{stage.prefix}_{region.file.stem}_test"
    return [own] if own in every else every


def chosen_exercises(words: list[str]) -> list[tuple[Stage, Region]]:
    """All exercises; those of one stage; or one, by its number."""
    every = [(stage, region) for stage in stages() for region in regions.exercises(stage)]
    if not words:
        return every
    if regions.NUMBER.match(words[0]):
        one = [pair for pair in every if pair[1].name == words[0]]
        if not one:
            raise Failure(f"there is no exercise {words[0]}; `./workbook list` shows them all")
        return one
    stage = find_stage(words[0])
    return [pair for pair in every if pair[0].name == stage.name]


@dataclass(frozen=True)
class Verdict:
    region: Region
    caught_by: str  # a test's name; empty if none did
    trouble: str


def examine(workshop: Workshop, pair: tuple[Stage, Region], jobs: int) -> Verdict:
    stage, region = pair
    text = workshop.reference[region.file]
    seen = []
    workshop.prepare(stage)
    with workshop.variant(region.file, regions.blank(region.file, text, {region.name})):
        for target in judges(stage, region):
            good, printed = workshop.build(stage, [target], jobs)
            if not good:
                return Verdict(region, "", f"blank, it does not compile:\n{printed}")
            tests = gtests.discover(stage, workshop.program(stage, target))
            outcomes = ([tests] if isinstance(tests, gtests.Outcome)
                        else (gtests.run(test, TIME_LIMIT) for test in tests))
            for outcome in outcomes:
                if not outcome.passed:
                    if region.message in outcome.output:
                        return Verdict(region, outcome.name, "")
                    seen.append(f"  {outcome.name} {outcome.verdict}, without the message")
    asked = ", ".join(judges(stage, region))
    return Verdict(region, "", "\n".join([f"no test of {asked} fails with its message", *seen]))


def run(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise Failure("usage: ./workbook holes [stage|number]")
    chosen = chosen_exercises(arguments)
    begin = time.monotonic()
    caught = 0
    for verdict in in_workshops(VARIANTS, chosen, examine):
        label = f"{verdict.region.name:5} {verdict.region.title:24}"
        if verdict.caught_by:
            caught += 1
            print(f"{label} caught by {verdict.caught_by}", flush=True)
        else:
            print(f"{label} NOT CAUGHT: {verdict.trouble}", flush=True)
    print(f"holes: {caught} of {len(chosen)} exercises are caught by their own message "
          f"({time.monotonic() - begin:.0f} s)")
    return 0 if caught == len(chosen) and chosen else 1
