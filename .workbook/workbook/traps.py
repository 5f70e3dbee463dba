"""`./workbook traps [stage|number]`: may a reader who is told "right" trust it?

An exercise is judged by the tests of its file; when all are right, by all tests of the step. A body that
passes the first and fails the second is a trap: `check` says that each exercise is right, and that the
whole is wrong, and nothing says which one to mend. This looks for such bodies:

  * each known mistake of the exercise;
  * the reference's body with one statement left out: a counter that no text asks for, a flag that
    another file reads;
  * the same body with one of the other small changes of mutations.py.

Each must be noticed by the exercise's own judges, or pass the whole step. What is found is mended by a
test in the file that judges, by another judge in the marker of the region (`@other_test`), or by taking
out of the exercise what no text asks for.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from . import locks, mistakes, mutants
from .cpp_text import Source
from .holes import chosen_exercises, judges
from .mutants import Library, Mutant
from .mutations import functions
from .regions import Region
from .repository import Failure, Stage, cores


@dataclass(frozen=True)
class Candidate:
    """A body for an exercise that is not the reference's."""

    region: Region
    mutant: Mutant


@dataclass(frozen=True)
class Finding:
    candidate: Candidate
    test: str  # of the step, that fails though all judges pass


def inside(region: Region, mutant: Mutant) -> bool:
    return mutant.file == region.file and region.start + 1 < mutant.line <= region.end


def of_mistake(mistake: mistakes.Mistake) -> Mutant | None:
    """A mistake, as a change to the function that its region stands in."""
    region = mistake.region
    text = region.file.read_text(encoding="utf-8")
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[:region.start + 1])
    end = sum(len(line) + 1 for line in lines[:region.end]) - 1
    for function in functions(Source(text)):
        if function.start <= start and end <= function.end:
            made = mutants.make(mistake.stage, region.file, text, (function.start, function.end), start,
                                end, mistake.body, "the mistake")
            return replace(made, old=mistake.file.stem)
    return None


def candidates(stage: Stage, exercises: list[Region]) -> list[Candidate]:
    """All bodies to try, each once."""
    changed = mutants.of_stage(stage)
    known = [(mistake.region, of_mistake(mistake)) for mistake in mistakes.read_all([])
             if mistake.stage == stage]
    found: dict[int, Candidate] = {}
    for region in exercises:
        some = [mutant for mutant in changed if inside(region, mutant)]
        some += [mutant for where, mutant in known if mutant and where == region]
        found.update({mutant.number: Candidate(region, mutant) for mutant in some})
    return list(found.values())


def examine(library: Library, candidate: Candidate) -> Finding | None:
    """A test of the step that notices what no judge does; twice, for the machine may be busy."""
    own = set(judges(library.stage, candidate.region))
    reaching = library.judges(candidate.mutant)
    for test in sorted(reaching, key=lambda test: test.program.name not in own):
        if library.run(candidate.mutant, test).passed:
            continue
        if test.program.name in own:
            return None
        if not library.run(candidate.mutant, test).passed:
            return Finding(candidate, test.name)
    return None


def examine_stage(stage: Stage, exercises: list[Region]) -> int:
    """Prints each trap of a step; how many there are."""
    begin = time.monotonic()
    chosen = candidates(stage, exercises)
    with locks.held(f"mutants-{stage.prefix}"):
        library = Library(stage, [candidate.mutant for candidate in chosen])
        print(f"{stage.name}: building {len(chosen)} bodies for {len(exercises)} exercises ...", flush=True)
        targets = stage.test_targets()
        library.build(targets)
        for outcome in library.measure(targets):
            print(f"left out, because it fails without a change: {outcome.name} {outcome.verdict}")
        compiled = {mutant.number for mutant in library.mutants}
        some = [candidate for candidate in chosen if candidate.mutant.number in compiled]
        with ThreadPoolExecutor(2 * cores()) as pool:
            found = [trap for trap in pool.map(lambda one: examine(library, one), some) if trap]
    for trap in found:
        print(f"TRAP in {trap.candidate.region.label}: {trap.candidate.mutant.label}\n"
              f"    its judges pass ({', '.join(judges(stage, trap.candidate.region))}), and "
              f"{trap.test} fails")
    print(f"{stage.name}: {len(some)} bodies, {len(found)} are traps; {library.left_out} do not compile "
          f"({time.monotonic() - begin:.0f} s)", flush=True)
    return len(found)


def run(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise Failure("usage: ./workbook traps [stage|number]")
    of_stage: dict[Stage, list[Region]] = {}
    for stage, region in chosen_exercises(arguments):
        of_stage.setdefault(stage, []).append(region)
    return 0 if sum(examine_stage(stage, some) for stage, some in of_stage.items()) == 0 else 1
