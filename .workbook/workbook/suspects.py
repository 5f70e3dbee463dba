"""Which exercise is it, when each is right alone and the whole step is not?

The reference passes all tests. So one thing of the reader's at a time is put into it, and the tests that
failed are run again: first each file as the reader has it, then each exercise of the files with which
they fail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import gtests, regions
from .grading import TIME_LIMIT, standing_alone
from .regions import Region
from .repository import Stage
from .sandbox import Sandbox, in_sandboxes
from .yours import OwnFile

TESTS = 3  # of those that failed, all in one program: each body costs one compilation and one link


@dataclass(frozen=True)
class Suspect:
    path: Path  # the reader's file
    region: Region | None  # none: what is outside its exercises, or several of them together


@dataclass(frozen=True)
class Trial:
    """A text in the place of one file of the reference, and the tests to run with it."""

    stage: Stage  # whose tests they are
    file: Path  # of the reference
    text: str
    names: tuple[str, ...]
    target: str


def failing(sandbox: Sandbox, trial: Trial, jobs: int) -> bool:
    """Whether one of the tests fails with this text. One that does not compile shows nothing: the
    reader's files were compiled all together."""
    sandbox.prepare(trial.stage)
    with sandbox.variant(trial.file, trial.text):
        good, _ = sandbox.build(trial.stage, [trial.target], jobs)
        if not good:
            return False
        program = sandbox.program(trial.stage, trial.target)
        tests = gtests.discover(trial.stage, program)
        if isinstance(tests, gtests.Outcome):
            return True
        return any(not gtests.run(test, TIME_LIMIT).passed
                   for test in tests if test.name in trial.names)


def find(stage: Stage, own: Iterable[OwnFile], failed: list[gtests.Outcome]) -> list[Suspect]:
    """The exercises with which tests of a stage fail that have failed with all of the reader's files.
    None if no single file is enough."""
    first = gtests.declared_in(stage, failed[0].name)
    if first is None:
        return []
    target = f"{stage.prefix}_{first.stem}"
    names = tuple(outcome.name for outcome in failed
                  if gtests.declared_in(stage, outcome.name) == first)[:TESTS]

    def trial(file: OwnFile, text: str) -> Trial:
        return Trial(stage, file.reference, text, names, target)

    changed = [file for file in own if not file.trouble
               and file.text != file.reference.read_text(encoding="utf-8")]
    whole = [trial(file, f'#line 1 "{file.path}"\n{file.text}') for file in changed]
    bad = [file for file, fails in zip(changed, in_sandboxes(whole, failing)) if fails]
    pairs = [(file, region) for file in bad for region in regions.parse(file.reference)
             if region.numbered and region.name in file.regions
             and differs(file, region)]
    alone = [trial(file, standing_alone(file, region)) for file, region in pairs]
    found = [Suspect(file.path, region)
             for (file, region), fails in zip(pairs, in_sandboxes(alone, failing)) if fails]
    found += [Suspect(file.path, None) for file in bad
              if not any(suspect.path == file.path for suspect in found)]
    return found


def differs(file: OwnFile, region: Region) -> bool:
    reference = file.reference.read_text(encoding="utf-8")
    return regions.body(file.text, file.regions[region.name]) != regions.body(reference, region)
