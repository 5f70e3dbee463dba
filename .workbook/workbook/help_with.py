"""`./workbook hint 2.3`, `solution 2.3` and `reset 2.3`: help with one exercise; or with a whole file,
which has a name in place of the number (see builder_mode)."""

import textwrap

from . import builder_mode, docs, regions, yours
from .regions import Region
from .repository import Failure, Stage, relative, stages, write_whole


def asked(command: str, arguments: list[str]) -> tuple[Stage, Region]:
    """The exercise that the reader means."""
    if len(arguments) != 1 or not regions.NUMBER.match(arguments[0]):
        raise Failure(f"usage: ./workbook {command} NUMBER      like 2.3, or a file, like slab")
    number = int(arguments[0].split(".")[0])
    for stage in stages():
        if stage.number == number:
            for region in regions.exercises(stage):
                if region.name == arguments[0]:
                    return stage, region
    raise Failure(f"there is no exercise {arguments[0]}; `./workbook list` shows them all")


def hint(arguments: list[str]) -> int:
    if builder_mode.is_file_name(arguments):
        return builder_mode.hint(arguments)
    stage, region = asked("hint", arguments)
    page = docs.chapter(stage, region.name)
    found = docs.hints(page)[0] if page.is_file() else {}
    lines = found.get(region.name)
    if not lines:
        raise Failure(f"there is no hint for {region.label} in {relative(page)}", code=1)
    print(f"{region.label}\n\n{docs.task(page, region.name)}\n\nHint: {docs.unfolded(lines)}\n\n"
          f"The chapter: {relative(page)}")
    return 0


def solution(arguments: list[str]) -> int:
    if builder_mode.is_file_name(arguments):
        return builder_mode.solution(arguments)
    _, region = asked("solution", arguments)
    text = regions.body(region.file.read_text(encoding="utf-8"), region)
    print(f"// {relative(region.file)}:{region.start + 2}\n{textwrap.dedent(text)}")
    return 0


def reset(arguments: list[str]) -> int:
    if builder_mode.is_file_name(arguments):
        return builder_mode.reset(arguments)
    stage, region = asked("reset", arguments)
    yours.require_started(stage)
    name = region.file.relative_to(stage.folder)
    path = stage.yours / name
    if not path.exists():
        yours.lay_blank(stage, name)
        yours.write_list(stage)
        print(f"{relative(path)} was missing. It is back, with all its exercises blank.")
        return 0
    own = yours.read(stage, name)
    if own.trouble or region.name not in own.regions:
        why = own.trouble or f"{relative(path)} has no region {region.name}"
        raise Failure(f"{why}\nThe body of an exercise is found by its markers: put "
                      f"'// #region {region.label}' and '// #endregion {region.name}' around it.",
                      code=1)
    mine = own.regions[region.name]
    body = regions.body(own.text, mine)
    if body == region.blank():
        print(f"{region.label} is already blank.")
        return 0
    saved = yours.save(stage, region.name, body)
    write_whole(path, regions.replace(path, own.text, {region.name: region.blank()}))
    print(f"{region.label} is blank again, in {relative(path)}:{mine.start + 1}\n"
          f"Your text is in {relative(saved)}")
    return 0
