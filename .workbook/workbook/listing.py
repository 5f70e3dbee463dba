"""`./workbook list`: the stages, their programs, and their exercises; of a stage that is started, which
exercises are right, as the last `check` has found them, and which are still blank."""

from . import builder_mode, grading, own_tests, regions, yours
from .regions import Region
from .repository import Failure, Stage, first_sentence, relative, stages


def marks(stage: Stage, exercises: list[Region]) -> dict[str, str]:
    """"done" or "open". An exercise that was changed since it was judged has no mark."""
    if not yours.is_started(stage):
        return {}
    memory = grading.Memory(stage)
    found = {}
    for region in exercises:
        if not (stage.yours / region.file.relative_to(stage.folder)).is_file():
            continue
        own = yours.read(stage, region.file.relative_to(stage.folder))
        if region.name not in own.regions:
            continue
        if regions.is_blank(own.text, own.regions[region.name]):
            found[region.name] = "open"
            continue
        verdict = memory.recall(region.name, grading.standing_alone(own, region))
        if verdict and verdict.state == grading.RIGHT:
            found[region.name] = "done"
    return found


def run(arguments: list[str]) -> int:
    if arguments == ["--lines"]:
        return builder_mode.list_lines()
    if arguments[:1] == ["--files"]:
        return builder_mode.list_files(arguments[1:])
    if arguments:
        raise Failure("usage: ./workbook list [--files [STAGE], --lines]")
    for stage in stages():
        whole_files = builder_mode.is_started(stage)
        found = [] if whole_files else regions.exercises(stage)
        marked = {} if whole_files else marks(stage, found)
        done = list(marked.values()).count("done")
        print(stage.name + (f"  (started: {done} of {len(found)} done)" if marked else ""))
        for file in stage.programs():
            print(f"  program   {file.stem:24} {first_sentence(file)}")
        for region in found:
            place = f"{relative(region.file, stage.folder)}:{region.start + 1}"
            print(f"  exercise  {region.name:5} {region.title:24} {marked.get(region.name, ''):5} {place}")
        for line in [] if whole_files else own_tests.listed(stage):
            print(line)
        for line in builder_mode.lines_of(stage, None if whole_files else builder_mode.whole_files(stage)):
            print(line)
        print()
    print("./workbook run PROGRAM      builds and runs a program")
    print("./workbook test STAGE       builds and tests a stage")
    return 0
