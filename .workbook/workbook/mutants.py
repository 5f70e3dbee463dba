"""`./workbook mutants [stage] [file] [--sample N] [--list]`: does a test notice each small change?

A mutant is a library with one small change (see mutations.py). If no test of its step fails with it,
it survives: then either a test is missing, or the change changes nothing. Each survivor is named, with
its line; which of the two it is has to be decided by reading.

All mutants of a step are in one build, as blank bodies and mistakes are (see mutant_builds.py):

    int f() {
      workbook_reach(7);                            // a mark: which tests come here?
      if (workbook_variant() == 1u) {
        ... the body with the first change
      } else if ...
      } else {
        ... the body as it is
      }
    }

First every test runs without a change, to see that it passes, how long it takes, and which functions it
reaches. Then each mutant runs against the tests that reach its function, until one of them fails.
What does not compile is left out. There are thousands: `--sample N` takes N of them, spread over all
files, the same N each time. `--list` only says which mutants there are.
"""

import os
import re
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import building, gtests, locks, mutations
from .cpp_text import Source
from .repository import ROOT, Failure, Stage, cores, find_stage, relative, stages
from .mutant_builds import CHOICE
from .sandbox import lay

REACHED = "WORKBOOK_REACHED"  # names the file in which a test marks what it reaches
FUNCTIONS = 4096  # of a step, at most
ROUNDS = 12  # of compiling, in each of which what does not compile is left out
LEAST = 10  # seconds that a test has, however fast it is without a change
MEMORY = "hard_rss_limit_mb=2000"  # a loop that no longer ends must not take the machine along
ORIGIN = re.compile(r"\bmutant-(\d+):")

# At the top of each file that has mutants. The marks are in a file that is mapped before `main`: a test
# in which no descriptor is left cannot open one. In a constant expression there are no mutants.
CHOOSER = f"""\
#ifndef {CHOICE}
#define {CHOICE}
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstdlib>
inline const unsigned long workbook_chosen = [] {{
  const char* const chosen = std::getenv("{CHOICE}");
  return chosen ? std::strtoul(chosen, nullptr, 10) : 0ul;
}}();
inline unsigned char* const workbook_marks = []() -> unsigned char* {{
  const char* const file = std::getenv("{REACHED}");
  if (!file) return nullptr;
  const int fd = ::open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const marks = ::mmap(nullptr, {FUNCTIONS}, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return marks == MAP_FAILED ? nullptr : static_cast<unsigned char*>(marks);
}}();
constexpr unsigned long workbook_variant() noexcept {{
  if consteval {{ return 0; }} else {{ return workbook_chosen; }}
}}
constexpr void workbook_reach(unsigned function) noexcept {{
  if consteval {{}} else {{ if (workbook_marks) workbook_marks[function] = 1; }}
}}
#endif
"""


@dataclass(frozen=True)
class Mutant:
    stage: Stage
    file: Path
    line: int  # from 1
    what: str
    old: str  # the text that is replaced, or its beginning
    function: tuple[int, int]  # where the body of the function begins and ends
    body: str  # of the whole function, with the change
    number: int

    @property
    def label(self) -> str:
        return f"{relative(self.file)}:{self.line}: {self.what}: {self.old}"


def shown(text: str) -> str:
    """A piece of code in a line."""
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def make(stage: Stage, file: Path, text: str, function: tuple[int, int], start: int, end: int, new: str,
         what: str) -> Mutant:
    line = text.count("\n", 0, start) + 1
    body = text[function[0]:start] + new + text[end:function[1]]
    name = f"{relative(file)} {text[function[0]:function[1]]} {start - function[0]} {what} {new}"
    return Mutant(stage, file, line, what, shown(text[start:end]), function, body,
                  zlib.crc32(name.encode()) or 1)


def of_file(stage: Stage, file: Path) -> list[Mutant]:
    text = file.read_text(encoding="utf-8")
    source = Source(text)
    return [make(stage, file, text, (function.start, function.end), found.start, found.end, found.new,
                 found.what)
            for function in mutations.functions(source) for found in mutations.of(source, function)]


def of_stage(stage: Stage) -> list[Mutant]:
    return unlike([mutant for file in stage.sources() for mutant in of_file(stage, file)])


def unlike(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Without those whose number another one has: each number is one change."""
    return list({mutant.number: mutant for mutant in mutants}.values())


def text_of(file: Path, mutants: list[Mutant], marks: dict[tuple[Path, int], int]) -> str:
    """A file with all its mutants in it. `marks`: a number for each function, by where it begins."""
    text = file.read_text(encoding="utf-8")
    of_function: defaultdict[tuple[int, int], list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        of_function[mutant.function].append(mutant)
    for (start, end), some in sorted(of_function.items(), reverse=True):
        first = text.count("\n", 0, start) + 1
        last = text.count("\n", 0, end) + 1
        parts = [f"\nworkbook_reach({marks[file, start]}u);\n"]
        for mutant in some:
            parts.append(f"if (workbook_variant() == {mutant.number}u) {{\n"
                         f'#line {first} "mutant-{mutant.number}"\n{mutant.body}\n}} else ')
        parts.append(f'{{\n#line {first} "{file}"\n{text[start:end]}\n}}\n#line {last} "{file}"\n')
        text = text[:start] + "".join(parts) + text[end:]
    return f'{CHOOSER}#line 1 "{file}"\n{text}'


def blamed(printed: str) -> set[int]:
    """The numbers of the mutants that do not compile, from what the compiler said: those that an error
    or the lines that lead to it name. After its errors a compiler may say no more of others."""
    numbers: set[int] = set()
    context: list[str] = []
    for line in printed.splitlines():
        if ": error:" in line or ": fatal error:" in line:
            own = ORIGIN.match(line)
            if own:
                numbers.add(int(own[1]))
            else:
                numbers.update(int(found) for found in ORIGIN.findall("\n".join(context + [line])))
            context = []
        elif re.match(r"\S.*: (In |required|  *required)|.*: +required from|In file included", line):
            context.append(line)
        elif ": note:" in line or ": warning:" in line:
            context = []
    return numbers


def of_blamed_functions(printed: str, mutants: list[Mutant]) -> set[int]:
    """The mutants of the functions in which the compiler found an error outside any mutant: of two
    bodies it has deduced two return types, and says so at the last one, which is as it was."""
    places = {(Path(file), int(line)) for file, line in
              re.findall(r"^(/[^:\n]+):(\d+):\d+: error:", printed, re.MULTILINE)}
    texts = {file: file.read_text(encoding="utf-8") for file, _ in places if file.is_file()}
    return {mutant.number for mutant in mutants for file, line in places
            if file == mutant.file and line in range(
                texts[file].count("\n", 0, mutant.function[0]) + 1,
                texts[file].count("\n", 0, mutant.function[1]) + 2)}


class Library:
    """A step, built with mutants in it in build/mutants-<step>/. To be used under that lock."""

    def __init__(self, stage: Stage, mutants: list[Mutant], root: Path = ROOT):
        self.stage = stage
        self.mutants = list(mutants)
        self.folder = root / "build" / f"mutants-{stage.prefix}"
        self.left_out = 0
        starts = sorted({(mutant.file, mutant.function[0]) for mutant in mutants})
        if len(starts) > FUNCTIONS:
            raise Failure(f"{stage.name} has more than {FUNCTIONS} functions", code=1)
        self.marks = {start: number for number, start in enumerate(starts)}
        self.tests: list[gtests.Test] = []
        self.took: dict[str, float] = {}
        self.reaching: defaultdict[int, list[gtests.Test]] = defaultdict(list)  # by mark

    def lay(self) -> None:
        of: defaultdict[Path, list[Mutant]] = defaultdict(list)
        for mutant in self.mutants:
            of[mutant.file].append(mutant)
        lay(self.folder / "overlay", self.stage,
            {file: text_of(file, some, self.marks) for file, some in of.items()})

    def build(self, targets: list[str]) -> None:
        """Builds what compiles, and forgets the mutants that do not."""
        for _ in range(ROUNDS):
            self.lay()
            building.configure_alone(self.stage, self.folder / "build",
                                     {self.stage.name: self.folder / "overlay"}, "address",
                                     "-O0 -fmax-errors=0 -ftemplate-backtrace-limit=0 -w", batch=0)
            good, printed = building.build_quietly(self.folder / "build", targets, cores(),
                                                   keep_going=True)
            if good:
                return
            bad = blamed(printed) or of_blamed_functions(printed, self.mutants)
            kept = [mutant for mutant in self.mutants if mutant.number not in bad]
            if len(kept) == len(self.mutants):
                raise Failure("the mutants do not compile, for another reason:\n" +
                              building.compiler_said(printed)[-4000:], code=1)
            self.left_out += len(self.mutants) - len(kept)
            self.mutants = kept
        raise Failure("after many rounds there still are mutants that do not compile", code=1)

    def environment(self, mutant: Mutant | None = None, marks: str = "") -> dict[str, str]:
        options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS", ""), MEMORY]))
        return os.environ | {CHOICE: str(mutant.number) if mutant else "0", REACHED: marks,
                             "ASAN_OPTIONS": options}

    def measure(self, targets: list[str]) -> list[gtests.Outcome]:
        """Runs every test without a change. Returns the outcomes of those that fail: they judge
        nothing."""
        found = []
        for target in targets:
            tests = gtests.discover(self.stage, self.folder / "build" / "tests" / target)
            if isinstance(tests, gtests.Outcome):
                raise Failure(f"{target} does not list its tests:\n{tests.output}", code=1)
            found += tests

        def run(test: gtests.Test) -> tuple[gtests.Outcome, float, bytes]:
            with tempfile.NamedTemporaryFile(prefix="workbook-marks-") as marks:
                marks.truncate(FUNCTIONS)
                begin = time.monotonic()
                outcome = gtests.run(test, 60, self.environment(marks=marks.name))
                return outcome, time.monotonic() - begin, Path(marks.name).read_bytes()

        bad = []
        with ThreadPoolExecutor(cores()) as pool:
            for test, (outcome, took, marks) in zip(found, pool.map(run, found)):
                if not outcome.passed:
                    bad.append(outcome)
                    continue
                self.tests.append(test)
                self.took[test.name] = took
                for number, mark in enumerate(marks):
                    if mark:
                        self.reaching[number].append(test)
        return bad

    def judges(self, mutant: Mutant) -> list[gtests.Test]:
        """The tests that reach the mutant's function: those of its file's own name first, and of
        these the fast ones."""
        own = f"{self.stage.prefix}_{mutant.file.stem}_test"
        return sorted(self.reaching[self.marks[mutant.file, mutant.function[0]]],
                      key=lambda test: (test.program.name != own, self.took[test.name]))

    def run(self, mutant: Mutant, test: gtests.Test) -> gtests.Outcome:
        limit = max(LEAST, 5 * self.took[test.name])
        return gtests.run(test, limit, self.environment(mutant))


@dataclass(frozen=True)
class Fate:
    mutant: Mutant
    killer: str  # the test that failed, and how; empty if none did
    tests: int  # that were asked

    @property
    def survived(self) -> bool:
        return not self.killer


def judge(library: Library, mutant: Mutant) -> Fate:
    tests = library.judges(mutant)
    for count, test in enumerate(tests, start=1):
        outcome = library.run(mutant, test)
        if not outcome.passed:
            return Fate(mutant, f"{outcome.name} {outcome.verdict}", count)
    return Fate(mutant, "", len(tests))


def report(stage: Stage, library: Library, fates: list[Fate], begin: float) -> None:
    lost = [fate for fate in fates if fate.survived]
    for fate in lost:
        why = f"{fate.tests} tests pass" if fate.tests else "no test reaches it"
        print(f"{fate.mutant.label}\n    SURVIVES: {why}")
    print(f"{stage.name}: {len(fates)} mutants, {len(fates) - len(lost)} killed, {len(lost)} survive; "
          f"{library.left_out} do not compile ({time.monotonic() - begin:.0f} s)", flush=True)


def examine(stage: Stage, chosen: list[Mutant]) -> list[Fate]:
    """Builds one step with these mutants, and runs them all."""
    begin = time.monotonic()
    with locks.held(f"mutants-{stage.prefix}"):
        library = Library(stage, chosen)
        print(f"{stage.name}: building {len(chosen)} mutants ...", flush=True)
        targets = stage.test_targets()
        library.build(targets)
        for outcome in library.measure(targets):
            print(f"left out, because it fails without a change: {outcome.name} {outcome.verdict}")
        print(f"{stage.name}: {len(library.mutants)} mutants, {len(library.tests)} tests ...", flush=True)
        fates = side_by_side(library.mutants, lambda mutant: judge(library, mutant))
        report(stage, library, fates, begin)
        return fates


def side_by_side(mutants: list[Mutant], work: Callable[[Mutant], Fate]) -> list[Fate]:
    """Two at a time on each processor: some of them hang, and that takes none."""
    with ThreadPoolExecutor(2 * cores()) as pool:
        return list(pool.map(work, mutants))


def sample(found: list[tuple[Stage, list[Mutant]]], size: int) -> list[tuple[Stage, list[Mutant]]]:
    """The mutants with the `size` smallest numbers. A number is a hash, so that no file is preferred."""
    numbers = sorted(mutant.number for _, chosen in found for mutant in chosen)[:size]
    return [(stage, [mutant for mutant in chosen if mutant.number <= numbers[-1]])
            for stage, chosen in found]


def asked(words: list[str]) -> list[tuple[Stage, list[Mutant]]]:
    """The mutants that the words mean: `02`, `02 poll.cpp`, or all."""
    if not words:
        return [(stage, of_stage(stage)) for stage in stages()]
    stage = find_stage(words[0])
    chosen = of_stage(stage)
    if len(words) == 2:
        chosen = [mutant for mutant in chosen
                  if words[1] in (mutant.file.name, str(mutant.file.relative_to(stage.folder)))]
        if not chosen:
            raise Failure(f"{stage.name} has no file {words[1]} with anything to change")
    return [(stage, chosen)]


USAGE = "usage: ./workbook mutants [stage] [file] [--sample N] [--list]"


def run(arguments: list[str]) -> int:
    words = [word for word in arguments if word != "--list"]
    size = 0
    if "--sample" in words:
        at = words.index("--sample")
        size = int(words[at + 1]) if words[at + 1:] and words[at + 1].isdecimal() else 0
        if size == 0:
            raise Failure(f"--sample needs a number above 0\n{USAGE}")
        del words[at:at + 2]
    if len(words) > 2 or any(word.startswith("-") for word in words):
        raise Failure(USAGE)
    found = asked(words)
    if size:
        found = sample(found, size)
    if "--list" in arguments:
        for stage, chosen in found:
            for mutant in chosen:
                print(mutant.label)
            print(f"{stage.name}: {len(chosen)} mutants")
        return 0
    survivors = sum(fate.survived for stage, chosen in found if chosen
                    for fate in examine(stage, chosen))
    return 0 if survivors == 0 else 1
