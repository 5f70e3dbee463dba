"""`./workbook start STAGE --from-headers [FILE...]`: the reader writes whole files; see `builder`.

In the guided way some files are written whole, too (`builder.WHOLE`). `./workbook start STAGE FILE` opens one:
the reader's exercises in it stay, all its other functions become blank, and it is judged as here.

The folder yours/ then holds whole files of the step, each with every body blank, and a file `from_headers`
that says so. `check` judges file by file: a file is done when none of its functions is blank and its tests
pass, while all other files are the reference's. `hint`, `solution` and `reset` take the name of a file.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import blanking, building, docs, gtests, milestones, regions, yours
from .builder import LEFT_OUT, WHOLE, Unit, find, units, whole_files
from .grading import BROKEN, OPEN, RIGHT, TIME_LIMIT, WRONG, Memory, Verdict, as_exercises
from .grading import run as run_judges
from .regions import NUMBER
from .repository import Failure, Stage, find_stage, relative, stages, write_whole
from .sandbox import FLAGS, SANITIZERS, Sandbox, in_sandboxes, lay

MARK = "from_headers"
SAID = "Whole files, begun with ./workbook start --from-headers. The commands need this note.\n"


def is_started(stage: Stage) -> bool:
    return (stage.yours / MARK).is_file()


def begun(stage: Stage) -> list[Unit]:
    """The files that the reader writes, in the order in which they are best written."""
    held = set(yours.listed(stage) if is_started(stage) else yours.opened(stage))
    return [unit for unit in units(stage) if held.issuperset(unit.names())]


def paths_of(unit: Unit) -> list[Path]:
    return [unit.stage.yours / name for name in unit.names()]


def next_to_open(stage: Stage, right: set[str] | None = None) -> Unit | None:
    """The first whole file that is not begun; with `right`: one whose exercises, and those before, are these."""
    mine = begun(stage)
    for unit in whole_files(stage):
        after = milestones.order(WHOLE[stage.prefix][unit.name])
        if unit not in mine and (right is None or all(
                region.name in right for region in regions.exercises(stage) if region.order <= after)):
            return unit
    return None


def next_file(stage: Stage) -> str:
    """Where a builder goes on in a step: a file with a blank function, or one not begun; empty if all are written."""
    mine = begun(stage)
    if any(read(unit).open for unit in mine):
        return f"Next:  ./workbook check {stage.name}"
    rest = [unit for unit in units(stage) if unit not in mine]
    if not rest:
        return ""
    others = f"{len(rest)} files of this step are" if len(rest) > 1 else "one file of this step is"
    return f"Next:  ./workbook start {stage.prefix} --from-headers {rest[0].name}      ({others} not begun)"


def open_files(arguments: list[str]) -> int:
    """`./workbook start 02 slab`: the rest of a file, of which the exercises are written."""
    stage = find_stage(arguments[0])
    yours.require_started(stage)
    if is_started(stage):
        raise Failure(f"{relative(stage.yours)} holds whole files: ./workbook start {stage.prefix} "
                      f"--from-headers {' '.join(arguments[1:])}", code=1)
    own = yours.load(stage)
    for unit in [find(word, [stage]) for word in arguments[1:]]:
        if unit in begun(stage):
            raise Failure(f"{unit.name} is open already: ./workbook check {stage.prefix}/{unit.name}", code=1)
        mine = [own[file] for file in unit.files if file in own]
        if trouble := "\n".join(file.trouble for file in mine if file.trouble):
            raise Failure(trouble, code=1)
        blank = sorted((region for file in mine for region in file.regions.values() if region.numbered
                        and regions.is_blank(file.text, region)), key=lambda region: region.order)
        if blank:
            raise Failure(f"the exercises of {unit.name} come first: {', '.join(region.name for region in blank)}",
                          code=1)
        for file, name in zip(unit.files, unit.names()):
            text = own[file].text if file in own else file.read_text(encoding="utf-8")
            for target, held in ((stage.yours / "opened" / name, text),
                                 (stage.yours / name, unit.opened(file, text))):
                target.parent.mkdir(parents=True, exist_ok=True)
                write_whole(target, held)
        yours.write_list(stage)
        count = len(read(unit).open)
        stay = ", and your exercises in it stay" if any(region.numbered for file in mine
                                                       for region in file.regions.values()) else ""
        print(f"{unit.name} is open: {count} {'function is' if count == 1 else 'functions are'} blank{stay}.\n"
              f"Write:   {', '.join(relative(path) for path in paths_of(unit))}\n"
              f"Judge:   ./workbook check {stage.prefix}/{unit.name}\n"
              f"Stuck:   ./workbook hint {unit.name}")
    return 0


def start(arguments: list[str]) -> int:
    words = [word for word in arguments if word != "--from-headers"]
    if not words or any(word.startswith("-") for word in words):
        raise Failure("usage: ./workbook start STAGE --from-headers [FILE...]")
    stage = find_stage(words[0])
    chosen = [find(word, [stage]) for word in words[1:]] or list(units(stage))
    if yours.is_started(stage) and not is_started(stage):
        raise Failure(f"{relative(stage.yours)} holds exercises already, and is never overwritten.\n"
                      "To write whole files instead, move that folder away first", code=1)
    before = begun(stage) if is_started(stage) else []
    held = set(yours.listed(stage)) if is_started(stage) else set()
    fresh = [unit for unit in chosen if not held.issuperset(unit.names())]
    if not fresh:
        raise Failure(f"{relative(stage.yours)} holds {', '.join(unit.name for unit in chosen[:5])} already, "
                      f"and is never overwritten.\nSee how far you are:     ./workbook check {stage.prefix}\n"
                      f"Begin a file again:      ./workbook reset {chosen[0].name}", code=1)
    texts = {file: text for unit in fresh for file, (text, _) in unit.laid().items()}
    if not words[1:]:  # the whole step: headers that only declare, too
        for file in stage.sources():
            texts.setdefault(file, blanking.without_markers(file.read_text(encoding="utf-8")))
    for file, text in texts.items():
        target = stage.yours / file.relative_to(stage.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            write_whole(target, text)
        held.add(file.relative_to(stage.folder))
    write_whole(stage.yours / "overlay.list", "".join(f"{name}\n" for name in sorted(held)))
    write_whole(stage.yours / MARK, SAID)
    first = fresh[0]
    count = sum(len(unit.blanks()) for unit in fresh)
    write = "".join(f"Write:   {unit.name}, in {', '.join(relative(path) for path in paths_of(unit))}\n"
                    for unit in (fresh if words[1:] else fresh[:1]))
    print(f"{relative(stage.yours)} now holds {len(fresh)} {'more ' if before else ''}"
          f"{'file' if len(fresh) == 1 else 'files'} to write, with {count} blank functions; a header and its source count as one.\n"
          f"Read:    docs/{stage.name}.md, and the comments of the headers\n"
          f"{write}"
          f"Judge:   ./workbook check {stage.prefix}     (the first time it builds for a while)\n"
          f"Stuck:   ./workbook hint {first.name}")
    return 0


@dataclass(frozen=True)
class Own:
    """A file, header and source, as the reader has it."""

    unit: Unit
    texts: dict[Path, str]  # by the file of the reference
    open: tuple[str, ...]  # functions and exercises that are still blank
    untouched: bool

    @property
    def open_around(self) -> list[str]:
        return [name for name in self.open if not name[0].isdigit()]

    @property
    def region(self) -> Unit:  # what `grading.run` and `check.show_failure` call the judged thing
        return self.unit

    @property
    def stage(self) -> Stage:
        return self.unit.stage

    @property
    def text(self) -> str:
        """What a verdict depends on, beside the reference: what the compiler reads, and who judges."""
        return "".join([*self.marked().values(), *self.unit.judges()])

    def marked(self) -> dict[Path, str]:
        """Lines have the numbers, and the names, of the reader's files."""
        return {file: f'#line 1 "{path}"\n{self.texts[file]}'
                for file, path in zip(self.unit.files, paths_of(self.unit))}


def read(unit: Unit) -> Own:
    laid = unit.laid()
    texts = {}
    for file, path in zip(unit.files, paths_of(unit)):
        try:
            texts[file] = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise Failure(f"{relative(path)} is missing\nPut it back, or have a blank one: "
                          f"./workbook reset {unit.name}", code=1) from None
        except UnicodeDecodeError:
            raise Failure(f"{relative(path)} is not UTF-8 text", code=1) from None
    open_ = [name for file, (_, some) in laid.items()
             for name in blanking.blanks(texts[file], (body.name for body in some))]
    if is_started(unit.stage):
        return Own(unit, texts, tuple(open_), all(texts[file] == laid[file][0] for file in texts))
    open_ += [region.label for file in texts for region in regions.parse(file)
              if region.numbered and f'todo("{region.label}")' in texts[file]]
    return Own(unit, texts, tuple(open_), list(texts.values()) == blank_texts(unit))


def befores(unit: Unit) -> dict[Path, str]:
    """The texts of a file from before it was opened."""
    return {file: (unit.stage.yours / "opened" / name).read_text(encoding="utf-8")
            for file, name in zip(unit.files, unit.names())}


def blank_texts(unit: Unit) -> list[str]:
    """A file as the reader begins it; once it is open, with the exercises as they are now."""
    if is_started(unit.stage):
        return [text for text, _ in unit.laid().values()]
    found = []
    for file, before in befores(unit).items():
        name = file.relative_to(unit.stage.folder)
        own = yours.read(unit.stage, name) if (unit.stage.yours / name).is_file() else None
        found.append(unit.opened(file, as_exercises(own).text if own and not own.trouble else before))
    return found


class WholeFiles(Sandbox):
    """The reference, in which one whole file at a time is the reader's: for the library as for the tests,
    since a header may differ in more than bodies."""

    def __init__(self, number: int = 0):
        super().__init__(f"files-{number}")

    def _lay_reference(self) -> None:
        for stage in self.stages:
            self.reference |= {file: file.read_text(encoding="utf-8") for file in stage.sources()}
            lay(self.overlay(stage), stage, {})
            (self.overlay(stage) / MARK).touch()  # each file of the step is compiled by itself

    @contextlib.contextmanager
    def files(self, texts: dict[Path, str]) -> Iterator[None]:
        try:
            for file, text in texts.items():
                self.copy_of(file).write_text(text, encoding="utf-8")
            yield
        finally:
            for file in texts:
                self.copy_of(file).write_text(self.reference[file], encoding="utf-8")

    def configure(self, stage: Stage, overlays: dict[str, Path]) -> None:
        building.configure_alone(stage, self.build_folder(stage), overlays, SANITIZERS, FLAGS)


def judge(sandbox: WholeFiles, own: Own, jobs: int) -> Verdict:
    targets = own.unit.judges()
    with sandbox.files(own.marked()):
        good, printed = sandbox.build(own.stage, targets, jobs)
        if good:
            return run_judges(sandbox, own, targets, jobs, ("hung",))  # how many pass already is shown
    return Verdict(own.unit.name, BROKEN, output=building.compiler_said(printed))


@dataclass(frozen=True)
class Trial:
    """A file of the reader's in the reference, and some tests of a step, all in one program."""

    own: Own
    stage: Stage
    names: tuple[str, ...]
    target: str


def fails(sandbox: WholeFiles, trial: Trial, jobs: int) -> bool:
    """Whether one of the tests fails with this file. One that does not compile alone shows nothing."""
    with sandbox.files(trial.own.marked()):
        good, _ = sandbox.build(trial.stage, [trial.target], jobs)
        tests = gtests.discover(trial.stage, sandbox.program(trial.stage, trial.target)) if good else []
        return isinstance(tests, gtests.Outcome) or any(
            not gtests.run(test, TIME_LIMIT).passed for test in tests if test.name in trial.names)


def suspects(stage: Stage, mine: list[Stage], failed: list[gtests.Outcome]) -> list[Unit]:
    """The whole files with which tests of a stage fail that have failed with all of the reader's files."""
    first = gtests.declared_in(stage, failed[0].name)
    names = tuple(outcome.name for outcome in failed if gtests.declared_in(stage, outcome.name) == first)
    own = [read(unit) for one in mine for unit in begun(one)]
    trials = [Trial(one, stage, names[:3], f"{stage.prefix}_{first.stem}") for one in own
              if first and not one.untouched]
    return [trial.own.unit for trial, bad in zip(trials, in_sandboxes(trials, fails, WholeFiles)) if bad]


def grade(own: list[Own]) -> dict[str, Verdict]:
    """A verdict for each file. Of those with nothing written, only the next one is built."""
    if not own:
        return {}
    memory = Memory(own[0].stage)
    nothing_begun = not any(one.open and not one.untouched for one in own)
    first_open = next((one for one in own if one.open), None)
    wanted = [one for one in own if not one.untouched or one is first_open and nothing_begun]
    found = {one.unit.name: Verdict(one.unit.name, OPEN) for one in own}
    tasks = []
    for one in wanted:
        known = memory.recall(one.unit.name, one.text)
        if known:
            found[one.unit.name] = known
        else:
            tasks.append(one)
    for one, verdict in zip(tasks, in_sandboxes(tasks, judge, WholeFiles)):
        memory.keep(verdict, one.text)
        found[one.unit.name] = verdict
    return found


def state(one: Own, verdict: Verdict) -> str:
    """What is written so far may be right or wrong; with a function left blank it is open all the same."""
    return OPEN if one.open and verdict.state != BROKEN else verdict.state


class Files:
    """What `check` says about the files of a guided step that are open, and about the next one."""

    def __init__(self, stage: Stage, chosen: list[Unit]):
        self.stage = stage
        self.own = [read(unit) for unit in chosen]
        self.verdicts = grade([one for one in self.own if not one.untouched])
        self.states = {one.unit.name: state(one, self.verdicts.get(one.unit.name, Verdict(one.unit.name, OPEN)))
                       for one in self.own}

    def of(self, wanted: str) -> list[Unit]:
        return [one.unit for one in self.own if self.states[one.unit.name] == wanted]

    def unfinished(self) -> bool:
        return len(self.of(RIGHT)) < len(self.own)

    def show(self, right: set[str]) -> None:
        for one in self.own:
            total = len(one.unit.blanks())
            said = f"; next: {one.open[0]}" if one.open else f"; {self.states[one.unit.name]}"
            print(f"  file {one.unit.name}: {total - len(one.open)} of {total} functions written{said}")
        if self.unfinished():
            left = [one for one in self.own if self.states[one.unit.name] != RIGHT]
            show_next(left, self.verdicts | {one.unit.name: Verdict(one.unit.name, OPEN) for one in left
                                             if one.unit.name not in self.verdicts}, self.states)
        elif coming := next_to_open(self.stage, right):
            takes = docs.minutes(*docs.chapters(self.stage)).get(coming.name)
            print(f"\nThe rest of {coming.name} is yours to write, too{f' (about {takes} minutes)' if takes else ''}:"
                  f"  ./workbook start {self.stage.prefix} {coming.name}")


def named(word: str) -> Unit | None:
    """The file of that name that the reader has begun."""
    with contextlib.suppress(Failure):
        unit = find(word, [stage for stage in stages() if begun(stage)])
        return unit if unit in begun(unit.stage) else None
    return None


def check_stage(stage: Stage, only: Unit | None = None) -> bool:
    """Prints the state of a stage that is written in whole files, or of one file; whether it is right."""
    from . import check  # which calls this

    own = [read(unit) for unit in ([only] if only else begun(stage))]
    verdicts = grade(own)
    states = {one.unit.name: state(one, verdicts[one.unit.name]) for one in own}
    done = sum(found == RIGHT for found in states.values())
    total = sum(len(one.unit.blanks()) for one in own)
    left = sum(len(one.open) for one in own)
    print(f"{stage.name}  {check.bar(total - left, total)}  {done} of {len(own)} files right, "
          f"{total - left} of {total} functions written")
    for kind in (RIGHT, WRONG, BROKEN, OPEN):
        some = [f"{one.unit.name} ({len(one.open)})" if kind == OPEN else one.unit.name
                for one in own if states[one.unit.name] == kind]
        if some:
            print(check.wrapped(kind, some))
    if done == len(own):
        return only is not None or check.show_whole("  all of it yours", stage, {stage.name: stage.yours})
    show_next(own, verdicts, states)
    return False


def show_next(own: list[Own], verdicts: dict[str, Verdict], states: dict[str, str]) -> None:
    """What is wrong with the files that are written; if nothing is, the file to go on with."""
    from . import check

    bad = [one for one in own if states[one.unit.name] in (WRONG, BROKEN)]
    in_work = [one for one in own if one.open and not one.untouched] or [one for one in own if one.open]
    for one in bad or in_work[:1]:
        name, verdict = one.unit.name, verdicts[one.unit.name]
        is_open = states[name] == OPEN
        print(f"\n{'Next' if is_open else states[name].capitalize()}: {name}, in "
              f"{', '.join(relative(path) for path in paths_of(one.unit))}")
        if one.open:
            print(f"Blank: {', '.join(one.open)}")
        if verdict.state == BROKEN:
            check.show_error(name, verdict.output, paths_of(one.unit), set())
        elif verdict.state == WRONG:
            print(f"{verdict.tests - 1 - len(verdict.others)} of {verdict.tests} tests pass.")
            check.show_failure(one.stage, one.unit, verdict)
        print(f"Hint:  ./workbook hint {name}      ./workbook solution {name}")


def asked(command: str, arguments: list[str]) -> Unit:
    if len(arguments) != 1:
        raise Failure(f"usage: ./workbook {command} NUMBER or FILE      like 2.3, or slab")
    return find(arguments[0], [stage for stage in stages() if yours.is_started(stage)])


def hint(arguments: list[str]) -> int:
    """The functions of a file, who judges it, and the hints of the exercises that it holds."""
    unit = asked("hint", arguments)
    print(f"{unit.name}: {', '.join(body.name for _, body in unit.blanks())}\n\n"
          "Its header says what each of them promises; where it does not, the tests do: "
          f"{', '.join(target[3:] + '.cpp' for target in unit.judges()[:5])}")
    section = "\n".join(docs.task(page, unit.name) for page in docs.chapters(unit.stage) if page.is_file()).strip()
    if section:
        print(f"\n{section}")
    for file, (laid, _) in unit.laid().items():
        gone = blanking.helpers(file.read_text(encoding="utf-8")) - blanking.helpers(laid)
        for region in regions.parse(file):
            if region.numbered:
                page = docs.chapter(unit.stage, region.name)
                lines = docs.hints(page)[0].get(region.name, []) if page.is_file() else []
                said = docs.unfolded(lines)
                print(f"\n{region.label}  ({relative(page)})\n\n{docs.task(page, region.name)}\n\nHint: {said}")
                for name in sorted(name for name in gone if f"`{name}`" in said):
                    print(f"`{name}` is a helper of the reference, and not in your file: write one of your own.")
    print(f"\nThe chapter: {relative(docs.chapters(unit.stage)[0])}")
    return 0


def solution(arguments: list[str]) -> int:
    unit = asked("solution", arguments)
    for file in unit.files:
        text = blanking.without_markers(file.read_text(encoding="utf-8"), not is_started(unit.stage))
        print(f"// {relative(file)}\n{text}")
    return 0


def reset(arguments: list[str]) -> int:
    unit = asked("reset", arguments)
    if unit not in begun(unit.stage):
        how = "" if yours.is_started(unit.stage) and not is_started(unit.stage) else "--from-headers "
        raise Failure(f"{unit.name} is not begun: ./workbook start {unit.stage.prefix} {how}{unit.name}", code=1)
    for text, path in zip(blank_texts(unit), paths_of(unit)):
        if not path.exists():
            said = "It was missing."
        elif path.read_text(encoding="utf-8", errors="replace") == text:
            print(f"{relative(path)} is blank already.")
            continue
        else:
            saved = yours.save(unit.stage, path.name, path.read_text(encoding="utf-8", errors="replace"))
            said = f"What stood there is in {relative(saved)}"
        write_whole(path, text)
        print(f"{relative(path)} is blank again. {said}")
    return 0


def list_files(arguments: list[str]) -> int:
    """`./workbook list --files [STAGE]`"""
    for stage in [find_stage(word) for word in arguments] or stages():
        print(stage.name)
        for line in lines_of(stage):
            print(line)
        print()
    print("./workbook start STAGE --from-headers [FILE...]      begins all, or some of them")
    return 0


def lines_of(stage: Stage, chosen: list[Unit] | None = None) -> list[str]:
    """A line for each file that can be written, or for these, in the order in which they are best written."""
    lines = []
    mine = begun(stage)
    for unit in units(stage) if chosen is None else chosen:
        open_ = len(read(unit).open) if unit in mine else 0
        count = len(unit.blanks())
        written = f"  ({count - open_} written)" if unit in mine else ""
        names = ", ".join(str(name) for name in unit.names())
        lines.append(f"  file      {unit.name:16} {count:3} {'function ' if count == 1 else 'functions'}  "
                     f"{names}{written}")
    return lines


def list_lines() -> int:
    """`./workbook list --lines`: how much of the library the reader writes, in either way to work."""
    print("Lines that do the work: of function bodies, and of unnamed namespaces; no comments.\n")
    print(f"{'':20} {'library':>8} {'guided':>8} {'':>5} {'builder':>8}")
    sums = [0, 0, 0]
    for stage in stages():
        counts = [0, 0, 0]
        for unit in units(stage):
            for file, (begun_text, _) in unit.laid().items():
                text = file.read_text(encoding="utf-8")
                lines = blanking.implementation(text)
                counts[0] += len(lines)
                left = unit.opened(file, text) if unit in whole_files(stage) else text
                counts[1] += len(lines) - len(blanking.implementation(regions.blank(file, left)))
                counts[2] += len(lines) - len(blanking.implementation(begun_text))
        for file in stage.sources():
            if file.stem not in LEFT_OUT and not any(file in unit.files for unit in units(stage)):
                counts[0] += len(blanking.implementation(file.read_text(encoding="utf-8")))
        sums = [a + b for a, b in zip(sums, counts)]
        print(row(stage.name, counts))
    print(row("all", sums))
    return 0


def row(name: str, counts: list[int]) -> str:
    every = max(counts[0], 1)
    return (f"{name:20} {counts[0]:8} {counts[1]:8} {100 * counts[1] // every:3} % {counts[2]:8} "
            f"{100 * counts[2] // every:3} %")


def is_file_name(arguments: list[str]) -> bool:
    """Whether `hint`, `solution` or `reset` is asked for a file, and not for an exercise."""
    return len(arguments) == 1 and not NUMBER.match(arguments[0])
