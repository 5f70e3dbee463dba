"""`./workbook list`: the stages, their programs, and their exercises."""

from . import builder_mode, regions
from .repository import Failure, first_sentence, relative, stages


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
        started = "  (started)" if stage.yours.is_dir() else ""
        print(f"{stage.name}{started}")
        for file in stage.programs():
            print(f"  program   {file.stem:24} {first_sentence(file)}")
        for region in found:
            place = f"{relative(region.file, stage.folder)}:{region.start + 1}"
            print(f"  exercise  {region.name:5} {region.title:24} {place}")
        for line in builder_mode.lines_of(stage) if whole_files else []:
            print(line)
        print()
    print("./workbook run PROGRAM      builds and runs a program")
    print("./workbook test STAGE       builds and tests a stage")
    return 0
