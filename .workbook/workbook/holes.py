"""Holes: exercises made blank, each alone, and the tests that judge an exercise. These are

  * the tests of the files that its marker names:      // #region 3.4 limits @context_test
  * else the tests of its own name:                    src/poll.cpp is judged by tests/poll_test.cpp
  * else, if there is no such file, all of the stage.

`check` judges a reader's body by the same tests, so an exercise whose blank body they notice cannot
be passed there without being written. `./workbook holes` proves that they do: see proofs.py.
"""

from . import regions
from .regions import Region
from .repository import Failure, Stage, find_stage, stages
from .mutant_builds import Variant


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


def all_holes() -> list[Variant]:
    """Each exercise blank, under its number."""
    return [Variant(region.name, stage, region, region.blank(), region.file, region.start + 2)
            for stage, region in chosen_exercises([])]
