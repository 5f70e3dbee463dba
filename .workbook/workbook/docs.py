"""`./workbook docs`: fills the quotes of the book, and says under the heading of each exercise in which
file it stands and who judges it. `./workbook docs --check`: is the book sound?

Checked are, for every page of docs/ and every README:

  * quotes: fresh, from a region that exists, each marker with its counterpart; tables of headers, too;
  * code:   every `cpp` block is quoted, or marked `<!-- no-quote -->`;
  * links:  every file and anchor inside the workbook exists;
  * tests:  every one that is named, `02.Poll.adding_twice_is_eexist`, exists;
  * exercises: the chapter of its stage has a heading `### 2.3 title`, its place, and a hint for each,

        <!-- hint 2.3 -->
        <details><summary>Hint</summary>
        ...
        </details>
        <!-- end hint -->
"""

import re
from pathlib import Path

from . import book, header_table, links, locks, named_tests, processes, regions
from .book import Page
from .building import has, step
from .holes import judges
from .regions import Region
from .repository import ROOT, Failure, Stage, relative, stages, write_whole

HINT = re.compile(r"^\s*<!--\s*hint\s+(\d+\.\d+)\s*-->\s*$")
HEADING = re.compile(r"^#{2,6}\s+(\d+\.\d+)\s+(\S.*?)\s*$")
PLACE = re.compile(r"^In `[^`]+`, judged by .*\.$")
END_HINT = re.compile(r"^\s*<!--\s*end hint\s*-->\s*$")


def chapter(stage: Stage, root: Path = ROOT) -> Path:
    return root / "docs" / f"{stage.name}.md"


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


def task(file: Path, name: str) -> str:
    """What a chapter says under the heading of an exercise, before its hint."""
    lines = file.read_text(encoding="utf-8").split("\n")
    found: list[str] = []
    inside = False
    for line in lines:
        heading = HEADING.match(line)
        if HINT.match(line) or heading:
            inside = bool(heading) and heading[1] == name
        elif inside and not PLACE.match(line):
            found.append(line)
    return "\n".join(found).strip()


def place(stage: Stage, region: Region) -> str:
    """The line under the heading of an exercise. It does not lead to the file: the answer is there."""
    targets = judges(stage, region)
    if targets == stage.test_targets():
        tests = "all tests of this step"
    else:
        tests = " and ".join(f"[`tests/{target[3:]}.cpp`](../{stage.name}/tests/{target[3:]}.cpp)"
                             for target in targets)
    return f"In `{region.file.relative_to(stage.folder)}`, judged by {tests}."


def with_places(lines: list[str], stage: Stage) -> list[str]:
    """The chapter of a stage with the place of each exercise under its heading."""
    exercises = {region.name: region for region in regions.exercises(stage)}
    filled: list[str] = []
    at = 0
    while at < len(lines):
        heading = HEADING.match(lines[at])
        filled.append(lines[at])
        at += 1
        if heading and heading[1] in exercises:
            while at < len(lines) and (not lines[at].strip() or PLACE.match(lines[at])):
                at += 1
            filled += ["", place(stage, exercises[heading[1]]), ""]
    return filled


def check_chapter(page: Page, stage: Stage) -> None:
    """Every exercise of a stage has a heading and a hint in its chapter, and there are no others."""
    found, problems = hints(page.file)
    page.problems += problems
    headings = {}
    for number, line in page.prose:
        heading = HEADING.match(line)
        if heading:
            headings[heading[1]] = (number, heading[2])
    exercises = {region.name: region for region in regions.exercises(stage)}
    for name, region in exercises.items():
        if name not in headings:
            page.problem(1, f"exercise {region.label} has no heading: ### {region.label}")
        elif headings[name][1].replace("`", "") != region.title:
            page.problem(headings[name][0], f"the exercise is called {region.label}")
        if not "".join(found.get(name, [])).strip():
            page.problem(1, f"exercise {region.label} has no hint")
    if with_places(page.filled, stage) != page.filled:
        page.problem(1, "it does not say in which file each exercise stands; `./workbook docs` does")
    for name in (headings.keys() | found.keys()) - exercises.keys():
        line = headings[name][0] if name in headings else 1
        page.problem(line, f"there is no exercise {name}")


def check(root: Path = ROOT) -> int:
    read_pages = {file.resolve(): book.read(file, root) for file in book.pages(root)}
    links.check(read_pages, root)
    tests = named_tests.written(root)
    for page in read_pages.values():
        named_tests.check(page, tests)
        if header_table.with_tables(page.filled, page.file, stages(root)) != page.filled:
            page.problem(1, "a table of headers is not fresh; `./workbook docs` fills it in")
        for number, line in header_table.without_table(page.filled, stages(root)):
            page.problem(number, f"{line} names no step, or has no <!-- end headers -->")
    complaints = []
    for stage in stages(root):
        page = read_pages.get(chapter(stage, root).resolve())
        if page:
            check_chapter(page, stage)
        elif regions.exercises(stage):
            complaints.append(f"docs/{stage.name}.md: there is no such chapter")
    for page in read_pages.values():
        complaints += [f"{relative(page.file, root.resolve())}:{line}: {message}"
                       for line, message in sorted(page.problems)]
    if complaints:
        raise Failure("the book is not sound:\n" + "\n".join(complaints), code=1)
    print(f"{len(read_pages)} pages: quotes fresh, links alive, tests there, a hint for "
          "every exercise")
    return 0


def fill(root: Path = ROOT) -> int:
    """Writes fresh quotes and places into the pages."""
    complaints = []
    chapters = {chapter(stage, root).resolve(): stage for stage in stages(root)}
    for file in book.pages(root):
        page = book.read(file, root)
        page.filled = header_table.with_tables(page.filled, file, stages(root))
        if file.resolve() in chapters:
            page.filled = with_places(page.filled, chapters[file.resolve()])
        text = "\n".join(page.filled)
        if text != file.read_text(encoding="utf-8"):
            write_whole(file, text)
            print(f"filled {relative(file, root)}")
        complaints += [f"{relative(file, root)}:{line}: {message}"
                       for line, message in page.problems if "is not fresh" not in message]
    if complaints:
        raise Failure("not everything could be filled:\n" + "\n".join(complaints), code=1)
    return 0


def serve() -> int:
    """Builds the site on this machine, and serves it until Ctrl-C."""
    folder = ROOT / "docs"
    if not (folder / "package.json").is_file():
        raise Failure("there is no site to serve yet: docs/package.json is missing", code=1)
    if not has("npm"):
        raise Failure("the site is built by VitePress, which needs Node: apt-get install nodejs npm",
                      code=1)
    if not (folder / "node_modules").is_dir():
        with locks.held("site"):
            step("npm", "--prefix", str(folder), "ci", "--no-audit", "--no-fund")
    return processes.run(["npm", "run", "dev"], cwd=folder, stdin=None).returncode


def run(arguments: list[str]) -> int:
    if not arguments:
        return fill()
    if arguments == ["--check"]:
        return check()
    if arguments == ["--serve"]:
        return serve()
    raise Failure("usage: ./workbook docs [--check | --serve]")
