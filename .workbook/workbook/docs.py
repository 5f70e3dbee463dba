"""`./workbook docs`: fills the quotes of the book, and says under the heading of each exercise in which
file it stands and who judges it. `./workbook docs --check`: is the book sound?

Checked are, for every page of docs/ and every README:

  * quotes: fresh, from a region that exists, each marker with its counterpart; tables of headers, too;
  * code:   every `cpp` block is quoted, or marked `<!-- no-quote -->`;
  * links:  every file and anchor inside the workbook exists;
  * figures: drawn from the present source, shown on a page, and described there; see figures.py;
  * the recorded walk: shows the commands, the exercise and the tests that there are; see cast.py;
  * tests:  every one that is named, `02.Poll.adding_twice_is_eexist`, exists;
  * claims: each "always", "never" and "cannot", and each figure, has its evidence; see evidence.py;
  * exercises: the chapter of its stage has a heading `### 2.3 title`, its place, and a hint for each,

        <!-- hint 2.3 -->
        <details><summary>Hint</summary>
        ...
        </details>
        <!-- end hint -->

  * whole files: `### Whole file: `slab`` directly after the last exercise of each, as builder.WHOLE has it;
  * commands: each says whether it is run, as commands_check.py wants it;
  * answers: the body of every exercise is quoted by docs/answers.md, and by no other page;
  * order:  each page of the path ends with a link to the next, in the order of the site.
"""

import re
from pathlib import Path

from . import (book, evidence, figures, header_table, links, named_tests, page_numbers, reading_order, regions,
               site)
from .book import Page
from .builder import WHOLE as WHOLE_FILES
from .builder import Unit, whole_files
from .holes import judges
from .regions import Region
from .repository import ROOT, Failure, Stage, relative, stages, write_whole

ANSWERS = "answers.md"
HINT = re.compile(r"^\s*<!--\s*hint\s+(\d+\.\d+)\s*-->\s*$")
WHOLE = re.compile(r"^### Whole file: `(\w+)`$")
HEADING = re.compile(r"^#{2,6}\s+(\d+\.\d+)\s+(\S.*?)\s*$")
PLACE = re.compile(r"^In `[^`]+`(?:, `[^`]+`)*, judged by .*?\.(?: About (?P<minutes>\d+) minutes\.)?$")
END_HINT = re.compile(r"^\s*<!--\s*end hint\s*-->\s*$")


def chapters(stage: Stage, root: Path = ROOT) -> list[Path]:
    """The pages of a step: its chapter, and the further parts of a long one, `05_async_runtime_b.md`."""
    return [root / "docs" / f"{stage.name}.md", *sorted((root / "docs").glob(f"{stage.name}_*.md"))]


def chapter(stage: Stage, exercise: str) -> Path:
    """The page of a step that sets this exercise."""
    pages = chapters(stage)
    for page in pages:
        if page.is_file() and re.search(rf"^### {re.escape(exercise)} ", page.read_text("utf-8"), re.M):
            return page
    return pages[0]


def hints(file: Path) -> tuple[dict[str, list[str]], list[tuple[int, str]]]:
    """The lines of each hint of a page, and what is wrong with their markers."""
    found: dict[str, list[str]] = {}
    problems: list[tuple[int, str]] = []
    name, begin = "", 0
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        start = HINT.match(line)
        if start:
            if name:
                problems.append((begin, f"the hint {name} has no <!-- end hint -->"))
            if start[1] in found:
                problems.append((number, f"a second hint {start[1]}"))
            name, begin = start[1], number
            found[name] = []
        elif END_HINT.match(line):
            if not name:
                problems.append((number, "an <!-- end hint --> without its beginning"))
            name = ""
        elif name:
            found[name].append(line)
    if name:
        problems.append((begin, f"the hint {name} has no <!-- end hint -->"))
    return found, problems


def unfolded(lines: list[str]) -> str:
    """A hint as a terminal shows it."""
    return re.sub(r"<summary>.*?</summary>|</?details[^>]*>", "", "\n".join(lines)).strip()


def headed(line: str) -> str:
    """The number of the exercise, or the name of the whole file, that this heading is for."""
    found = HEADING.match(line) or WHOLE.match(line)
    return found[1] if found else ""


def task(file: Path, name: str) -> str:
    """What a chapter says under the heading of an exercise, before its hint, or of a whole file."""
    lines = file.read_text(encoding="utf-8").split("\n")
    found: list[str] = []
    inside = False
    for line in lines:
        heading = headed(line)
        if HINT.match(line) or line.startswith("## ") or heading:
            inside = heading == name
        elif inside and not PLACE.match(line):
            found.append(line)
    return "\n".join(found).strip()


def minutes(*files: Path) -> dict[str, int]:
    """How long each exercise takes, where a chapter says so under its heading."""
    found: dict[str, int] = {}
    name = ""
    for line in [line for file in files if file.is_file() for line in file.read_text("utf-8").split("\n")]:
        heading, said = headed(line), PLACE.match(line)
        if heading:
            name = heading
        elif said and said["minutes"]:
            found[name] = int(said["minutes"])
    return found


def place(stage: Stage, thing: Region | Unit) -> str:
    """The line under the heading of an exercise. It does not lead to the file: the answer is there."""
    targets = thing.judges() if isinstance(thing, Unit) else judges(stage, thing)
    files = thing.names() if isinstance(thing, Unit) else [thing.file.relative_to(stage.folder)]
    if targets == stage.test_targets():
        tests = "all tests of this step"
    else:
        tests = " and ".join(f"[`tests/{target[3:]}.cpp`](../{stage.name}/tests/{target[3:]}.cpp)"
                             for target in targets)
    return f"In {', '.join(f'`{file}`' for file in files)}, judged by {tests}."


def with_places(lines: list[str], stage: Stage) -> list[str]:
    """The chapter of a stage with the place of each exercise under its heading. How long it takes is
    written by hand, and stays."""
    exercises: dict[str, Region | Unit] = {region.name: region for region in regions.exercises(stage)}
    exercises |= {unit.name: unit for unit in whole_files(stage)}
    filled: list[str] = []
    at = 0
    while at < len(lines):
        heading = headed(lines[at])
        filled.append(lines[at])
        at += 1
        if heading in exercises:
            takes = ""
            while at < len(lines) and (not lines[at].strip() or PLACE.match(lines[at])):
                said = PLACE.match(lines[at])
                takes = f" About {said['minutes']} minutes." if said and said["minutes"] else takes
                at += 1
            filled += ["", place(stage, exercises[heading]) + takes, ""]
    return filled


def check_chapters(pages: list[Page], stage: Stage) -> None:
    """Every exercise of a stage has a heading and a hint in its chapter, and there are no others."""
    exercises = {region.name: region for region in regions.exercises(stage)}
    seen: set[str] = set()
    hinted: set[str] = set()
    for page in pages:
        found, problems = hints(page.file)
        page.problems += problems
        takes = minutes(page.file)
        hinted |= {name for name, lines in found.items() if "".join(lines).strip()}
        for name in found.keys() - exercises.keys():
            page.problem(1, f"there is no exercise {name}")
        for number, line in page.prose:
            heading = HEADING.match(line)
            if not heading:
                continue
            if heading[1] not in exercises:
                page.problem(number, f"there is no exercise {heading[1]}")
            elif heading[2].replace("`", "") != exercises[heading[1]].title:
                page.problem(number, f"the exercise is called {exercises[heading[1]].label}")
            elif heading[1] not in takes:
                page.problem(number, "behind the place of the exercise stands how long it takes: "
                             "About 10 minutes.")
            seen.add(heading[1])
        if with_places(page.filled, stage) != page.filled:
            page.problem(1, "it does not say in which file each exercise is; `./workbook docs` adds that")
    check_whole_files(pages, stage)
    for name, region in exercises.items():
        if name not in seen:
            pages[0].problem(1, f"exercise {region.label} has no heading: ### {region.label}")
        if name not in hinted:
            pages[0].problem(1, f"exercise {region.label} has no hint")


def check_whole_files(pages: list[Page], stage: Stage) -> None:
    """Each has a section, between the exercise that it comes after and the next one."""
    wanted = {unit.name: WHOLE_FILES[stage.prefix][unit.name] for unit in whole_files(stage)}
    for page in pages:
        takes, last = minutes(page.file), ""
        for number, line in page.prose:
            name = headed(line)
            if not name or not WHOLE.match(line):
                last = name or last
            elif wanted.pop(name, "") != last:
                page.problem(number, f"builder.WHOLE does not have {name} after {last or 'no exercise'}")
            elif name not in takes:
                page.problem(number, "behind the place of the file stands how long it takes: About 30 minutes.")
            elif not task(page.file, name):
                page.problem(number, f"it says nothing about {name}")
    for name, after in wanted.items():
        pages[0].problem(1, f"after {after} there is no section: ### Whole file: `{name}`")


def check_answers(pages: list[Page], wanted: set[str]) -> None:
    """The bodies of exercises stand on the page of answers, where no reader meets one unasked."""
    for page in pages:
        shown = {name: line for line, name in page.quotes if regions.NUMBER.match(name)}
        if page.file.name == ANSWERS:
            for name in sorted(wanted - shown.keys()):
                page.problem(1, f"it does not quote the body of exercise {name}")
        else:
            for name, line in shown.items():
                page.problem(line, f"the body of exercise {name} belongs to {ANSWERS}")


def check(root: Path = ROOT) -> int:
    from . import cast, commands_check  # which run programs, and so include what includes this module

    read_pages = {file.resolve(): book.read(file, root) for file in book.pages(root)}
    links.check(read_pages, root)
    tests = named_tests.written(root)
    following = reading_order.next_lines(root)
    for file, page in read_pages.items():
        named_tests.check(page, tests)
        evidence.check(page, tests, root)
        if header_table.with_tables(page.filled, page.file, stages(root)) != page.filled:
            page.problem(1, "a table of headers is not fresh; `./workbook docs` fills it in")
        if page_numbers.with_table(page.filled, root) != page.filled:
            page.problem(1, "the table of page numbers is not fresh; `./workbook docs` fills it in")
        if figures.with_words(page.filled, page.file) != page.filled:
            page.problem(1, "a figure is not described as its source does; `./workbook docs` fills that in")
        for number, line in header_table.without_table(page.filled, stages(root)):
            page.problem(number, f"{line} names no step, or has no <!-- end headers -->")
        if reading_order.with_next(page.filled, following.get(file)) != page.filled:
            page.problem(len(page.filled) - 1, "the last line does not lead to the next page; "
                         "`./workbook docs` fills it in")
    check_answers(list(read_pages.values()),
                  {region.name for stage in stages(root) for region in regions.exercises(stage)})
    complaints = figures.complaints(list(read_pages.values()), root) + cast.complaints(root)
    for file in read_pages:
        if file.parent == root.resolve() / "docs":
            complaints += map(str, commands_check.check_page(file, None).errors)
    for stage in stages(root):
        pages = [read_pages[file.resolve()] for file in chapters(stage, root) if file.is_file()]
        if pages:
            check_chapters(pages, stage)
        elif regions.exercises(stage):
            complaints.append(f"docs/{stage.name}.md: there is no such chapter")
    for page in read_pages.values():
        complaints += [f"{relative(page.file, root.resolve())}:{line}: {message}"
                       for line, message in sorted(page.problems)]
    if complaints:
        raise Failure("the book has errors:\n" + "\n".join(complaints), code=1)
    print(f"{len(read_pages)} pages: quotes fresh, links alive, tests there, a hint for "
          "every exercise")
    return 0


def fill(root: Path = ROOT) -> int:
    """Writes fresh quotes and places into the pages."""
    complaints = []
    following = reading_order.next_lines(root)
    stage_of = {file.resolve(): stage for stage in stages(root) for file in chapters(stage, root)}
    for file in book.pages(root):
        page = book.read(file, root)
        page.filled = header_table.with_tables(page.filled, file, stages(root))
        page.filled = page_numbers.with_table(page.filled, root)
        page.filled = figures.with_words(page.filled, file)
        if file.resolve() in stage_of:
            page.filled = with_places(page.filled, stage_of[file.resolve()])
        page.filled = reading_order.with_next(page.filled, following.get(file.resolve()))
        text = "\n".join(page.filled)
        if text != file.read_text(encoding="utf-8"):
            write_whole(file, text)
            print(f"filled {relative(file, root)}")
        complaints += [f"{relative(file, root)}:{line}: {message}"
                       for line, message in page.problems if "is not fresh" not in message]
    if complaints:
        raise Failure("not everything could be filled in:\n" + "\n".join(complaints), code=1)
    return 0


def run(arguments: list[str]) -> int:
    if not arguments:
        return fill()
    if arguments == ["--check"]:
        return check()
    if arguments[0] == "--serve":
        return site.serve(arguments[1:])
    if arguments == ["--figures"]:
        return figures.draw()
    if arguments == ["--cast"]:
        from . import cast

        return cast.make()
    raise Failure("usage: ./workbook docs [--check | --figures | --cast | --serve [--port N]]")
