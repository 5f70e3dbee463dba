"""`./workbook fuzz [TARGET] [--seconds N] [--keep]`, `./workbook fuzz --coverage`.

A fuzzer calls a target with inputs that it makes out of those it knows, and keeps each that takes a branch
that none has taken before [llvm.org/docs/LibFuzzer.html]. What a target is, and what it says must hold,
stands in tests/fuzz/fuzz.hpp of a step. It begins with the corpus in tests/fuzz/corpus/; what it finds
stays in build/fuzz/corpus, and with --keep whatever takes a new branch goes into the corpus.

--coverage counts which lines and branches of the parsers the corpus and the tests reach.
"""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import building, processes
from .repository import ROOT, Failure, cores, relative

USAGE = "usage: ./workbook fuzz [TARGET] [--seconds N] [--keep], or ./workbook fuzz --coverage"
WORK = ROOT / "build/fuzz"
LONGEST = 2048  # bytes of an input
OPTIONS = ("-timeout=60", "-report_slow_units=60", "-print_final_stats=1")  # seconds

# The sources whose coverage is counted: all that takes apart what a stranger has sent.
PARSERS = {"02_epoll_module": "socket_address unix_address",
           "03_request_context": "body_place body_reader byte_range chunked_decoder date field_section fields "
                                 "folder framing line_scanner message_parser request request_line "
                                 "request_parser response_parser session target text url url_path validators"}
TESTS = {"02_tests": "*Address*", "03_tests": "*", "03_corpus": "*"}  # program: the tests that run
LEAST = 98.0  # percent


@dataclass(frozen=True)
class Target:
    source: Path

    @property
    def name(self) -> str:
        return self.source.stem.removesuffix("_fuzz")

    @property
    def program(self) -> Path:
        return WORK / "bin" / self.source.stem

    @property
    def corpus(self) -> Path:
        return self.source.parent / "corpus" / self.name

    @property
    def found(self) -> Path:
        return WORK / "corpus" / self.name

    def dictionary(self) -> list[str]:
        return [f"-dict={file}" for file in sorted(self.source.parent.glob("*.dict"))[:1]]


@dataclass(frozen=True)
class Outcome:
    target: Target
    runs: int
    branches: int
    output: str

    @property
    def crashes(self) -> list[str]:
        return re.findall(r"Test unit written to (\S+)", self.output)


def targets(root: Path = ROOT) -> list[Target]:
    return [Target(source) for source in sorted(root.glob("0[1-9]_*/tests/fuzz/*_fuzz.cpp"))]


def chosen(words: list[str]) -> list[Target]:
    every = targets()
    some = [target for target in every if not words or target.name in words]
    if not some or len(words) > 1:
        names = ", ".join(target.name for target in every)
        raise Failure(f"there is no target '{' '.join(words)}'. The targets are: {names}")
    return some


def run_target(target: Target, seconds: int) -> Outcome:
    crashes = WORK / "crashes"
    for folder in (target.found, target.corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    done = processes.run(
        [str(target.program), f"-max_total_time={seconds}", f"-max_len={LONGEST}", *OPTIONS,
         f"-artifact_prefix={crashes}/{target.name}-", *target.dictionary(), str(target.found),
         str(target.corpus)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", done.stdout)
    branches = re.findall(r"^#\d+\s.* cov: (\d+) ", done.stdout, re.MULTILINE)
    outcome = Outcome(target, int(runs[1]) if runs else 0, int(branches[-1]) if branches else 0,
                      done.stdout)
    if done.returncode != 0 and not outcome.crashes:
        raise Failure(f"{target.name} did not run:\n{done.stdout[-2000:]}", code=1)
    return outcome


def tell(outcome: Outcome) -> None:
    target = outcome.target
    print(f"{target.name:10} {outcome.runs:9} runs, {outcome.branches:5} branches, "
          f"{len(list(target.corpus.iterdir())):4} inputs in the corpus", flush=True)
    for crash in outcome.crashes:
        first = re.search(r"^(differs|does not hold|==\d+==ERROR|.*runtime error|terminate).*",
                          outcome.output, re.MULTILINE)
        print(f"  FAILED: {first[0] if first else 'see its output'}\n"
              f"  again:  {relative(target.program)} {relative(Path(crash))}")


def keep(target: Target) -> None:
    """Adds to the corpus what takes a branch that no input of it takes. Counts of how often one was taken
    would keep ten times as many."""
    processes.run([str(target.program), "-merge=1", "-use_counters=0", "-max_len=1024", str(target.corpus),
                   str(target.found)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fuzz(some: list[Target], seconds: int, keeps: bool) -> int:
    building.configure("fuzz")
    building.build("fuzz", [target.source.stem for target in some])
    with ThreadPoolExecutor(cores()) as pool:
        outcomes = list(pool.map(lambda target: run_target(target, seconds), some))
        if keeps:
            list(pool.map(keep, some))
    for outcome in outcomes:
        tell(outcome)
    idle = [outcome.target.name for outcome in outcomes if outcome.runs == 0 and not outcome.crashes]
    if idle:
        raise Failure(f"no input was run for {', '.join(idle)}", code=1)
    crashes = sum(bool(outcome.crashes) for outcome in outcomes)
    print(f"{len(outcomes)} targets, {sum(outcome.runs for outcome in outcomes)} runs, {crashes} failed")
    return 1 if crashes else 0


# --- coverage

def parser_files() -> list[Path]:
    return [file for stage, names in PARSERS.items() for name in names.split()
            for file in sorted((ROOT / stage).glob(f"src/{name}.cpp")) +
            sorted((ROOT / stage).glob(f"include/*/{name}.hpp"))]


def percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def coverage() -> int:
    folder = ROOT / "build/coverage"
    flags = "-O0 -g1 -fprofile-instr-generate -fcoverage-mapping"
    building.step("cmake", "-S", str(ROOT), "-B", str(folder), "-G", "Ninja", "-D", "CMAKE_BUILD_TYPE=Debug",
                  "-D", "CMAKE_CXX_COMPILER=clang++-19", "-D", f"CMAKE_CXX_FLAGS_DEBUG={flags}",
                  "--log-level=ERROR")
    building.step("cmake", "--build", str(folder), "-j", str(cores()), "--target", *TESTS)
    programs = [folder / "tests" / name for name in TESTS]
    profiles = []
    for program in programs:
        profiles.append(str(folder / f"{program.name}.profraw"))
        done = processes.run([str(program), "--gtest_brief=1", f"--gtest_filter={TESTS[program.name]}"],
                             env=os.environ | {"LLVM_PROFILE_FILE": profiles[-1]})
        if done.returncode != 0:
            raise Failure(f"{program.name} failed", code=1)
    merged = str(folder / "all.profdata")
    building.step("llvm-profdata-19", "merge", "-sparse", *profiles, "-o", merged)
    objects = [word for program in programs[1:] for word in ("-object", str(program))]
    said = processes.run(
        ["llvm-cov-19", "report", "-show-branch-summary", "-show-region-summary=false", str(programs[0]),
         *objects, f"-instr-profile={merged}", *map(str, parser_files())],
        stdout=subprocess.PIPE, text=True).stdout
    print(said)
    total = re.search(r"^TOTAL\s+\d+\s+\d+\s+\S+%\s+(\d+)\s+(\d+)\s+\S+%\s+(\d+)\s+(\d+)", said, re.MULTILINE)
    if not total:
        raise Failure("llvm-cov-19 has reported nothing", code=1)
    lines, missed_lines, branches, missed_branches = map(int, total.groups())
    of_lines = percent(lines - missed_lines, lines)
    of_branches = percent(branches - missed_branches, branches)
    print(f"{of_lines:.1f} % of {lines} lines, {of_branches:.1f} % of {branches} branches. "
          f"To see the others:\n  llvm-cov-19 show -show-branches=count {relative(programs[1])} "
          f"-instr-profile={relative(Path(merged))} 03_request_context/src/target.cpp")
    return 0 if min(of_lines, of_branches) >= LEAST else 1


def run(arguments: list[str]) -> int:
    if arguments == ["--coverage"]:
        return coverage()
    words = [word for word in arguments if word != "--keep"]
    seconds = 30
    if "--seconds" in words:
        at = words.index("--seconds")
        seconds = int(words[at + 1]) if words[at + 1:] and words[at + 1].isdecimal() else 0
        if seconds == 0:
            raise Failure(f"--seconds needs a number above 0\n{USAGE}")
        del words[at:at + 2]
    if any(word.startswith("-") for word in words):
        raise Failure(USAGE)
    return fuzz(chosen(words), seconds, "--keep" in arguments)
