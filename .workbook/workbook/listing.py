"""`./workbook list`: the stages, their programs, and their exercises."""

from . import regions, yours
from .repository import Failure, first_sentence, relative, stages


def run(arguments: list[str]) -> int:
    if arguments:
        raise Failure("usage: ./workbook list")
    for stage in stages():
        found = regions.exercises(stage)
        started = "  (started)" if yours.is_started(stage) else ""
        print(f"{stage.name}{started}")
        for file in stage.programs():
            print(f"  program   {file.stem:24} {first_sentence(file)}")
        for region in found:
            place = f"{relative(region.file, stage.folder)}:{region.start + 1}"
            print(f"  exercise  {region.name:5} {region.title:24} {place}")
        print()
    print("./workbook run PROGRAM      builds and runs a program")
    print("./workbook test STAGE       builds and tests a stage")
    return 0
