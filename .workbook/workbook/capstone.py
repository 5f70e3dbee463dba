"""`./workbook capstone`: lays a nearly blank server, and judges what became of it, in twelve stages.

The server is a program of the reader's own; only its clients know what is right. docs/capstone.md is
the page about it, and the proof that each stage can fail is capstone_proof.py.
"""

import resource
import time
from pathlib import Path

from . import building, capstone_stages, locks, stage_build, yours
from .capstone_rig import Wrong
from .capstone_stages import STAGES
from .repository import ROOT, Failure, cores, relative, stages

BLANK = ROOT / ".workbook/capstone/blank.cpp"
OWN = ROOT / "05_async_runtime/yours/capstone/kv_server.cpp"
TARGET = "kv_server"
ALL_MINE, SANITIZE = "--all-mine", "--sanitize"
OPTIONS = {"": "release", SANITIZE: "debug", ALL_MINE: "yours"}  # which folder of build/ is used


def lay() -> int:
    OWN.parent.mkdir(parents=True, exist_ok=True)
    with OWN.open("x", encoding="utf-8") as file:  # "x": never over a file that is there
        file.write(BLANK.read_text(encoding="utf-8"))
    print(f"{relative(OWN)} is yours: a server from a blank file.\n"
          "Read:    docs/capstone.md\n"
          "Judge:   ./workbook capstone        (the first time it builds for a while)")
    return 0


def build(option: str) -> Path:
    """The reader's server: over the reference, with or without sanitizers, or over the reader's own
    libraries."""
    if option == ALL_MINE:
        stage = stages()[-1]
        for one in stages():
            yours.load(one)  # a file that is missing is an error
        overlays = {one.name: one.yours for one in stages()}
        folder = stage_build.folder_for(stage, overlays)
        building.configure_alone(stage, folder, overlays, "", stage_build.FLAGS)
    else:
        folder = building.configure(OPTIONS[option])
    good, printed = building.build_quietly(folder, [TARGET], cores())
    said = building.compiler_said(printed)
    if not good:
        raise Failure(f"{relative(OWN)} does not compile:\n{said}", code=1)
    if "warning:" in said:
        print(said)
    return folder / "bin" / TARGET


def judge(program: Path, numbers: list[int]) -> int:
    """Judges these stages, in order, up to the first that fails; its number, or 0."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for number in numbers:
        stage = STAGES[number - 1]
        begin = time.monotonic()
        print(f"  {number:2}  {stage.title:38} ", end="", flush=True)
        try:
            note = stage.judge(str(program)) or ""
        except Wrong as wrong:
            print("FAILED\n")
            for name, text in [*wrong.lines, *(("helps", f"docs/{page}") for page in stage.helps)]:
                print(f"      {name:10}  " + text.replace("\n", "\n" + " " * 18))
            return number
        print(f"passed  {time.monotonic() - begin:4.1f} s  {note}".rstrip(), flush=True)
    return 0


def run(arguments: list[str]) -> int:
    options = [word for word in arguments if word in OPTIONS] or [""]
    words = [word for word in arguments if word not in OPTIONS]
    every = [str(number) for number in range(1, len(STAGES) + 1)]
    if len(words) > 1 or len(options) > 1 or not set(words) <= set(every):
        raise Failure(f"usage: ./workbook capstone [1 to {len(STAGES)}] [{SANITIZE} | {ALL_MINE}]")
    if not OWN.exists():
        return lay()
    with locks.held(OPTIONS[options[0]]):
        program = build(options[0])
    capstone_stages.sanitized = options[0] == SANITIZE
    failed = judge(program, [int(word) for word in words or every])
    if failed:
        print(f"\nAfter a change:  ./workbook capstone      this stage alone:  ./workbook capstone {failed}")
        return 1
    if not words:
        print(f"\nAll {len(STAGES)} stages. Now let a program that you did not write talk to it:\n"
              f"  {relative(program)} 6379\n  redis-cli -p 6379 set tea green")
    return 0
