"""Which word starts which command."""

import importlib
import os
import signal
import sys

from . import processes
from .repository import Failure

# word: (module, or module:function; usage; what it does)
COMMANDS = {
    "run": ("run", "[program] [args]", "builds a program in release and runs it"),
    "test": ("test", "[stage]", "builds with sanitizers, runs every test"),
    "list": ("listing", "", "stages, programs, exercises"),
    "start": ("yours:start", "STAGE", "lays the blank exercises of a stage in STAGE/yours/"),
    "check": ("check", "[STAGE] [--all-mine]", "judges what you wrote, and says what comes next"),
    "hint": ("help_with:hint", "2.3", "helps with an exercise"),
    "solution": ("help_with:solution", "2.3", "shows how the reference does it"),
    "reset": ("help_with:reset", "2.3", "makes an exercise blank again, and saves your text"),
    "bench": ("bench", "[rounds]", "measures our servers beside others that are installed"),
    "docs": ("docs", "[--check, --serve]", "fills the quotes of the book; checks it; serves it"),
    "holes": ("proofs:holes", "[stage or number]", "proves that every exercise has a test"),
    "mistakes": ("proofs:mistakes", "[stage or number]", "proves that the tests catch every known mistake"),
}


def usage() -> str:
    lines = ["usage: ./workbook COMMAND [arguments]", ""]
    for word, (_, arguments, what) in COMMANDS.items():
        lines.append(f"  {f'{word} {arguments}':30} {what}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(usage())
        return 0
    word, *rest = arguments
    if word not in COMMANDS:
        raise Failure(f"there is no command '{word}'.\n{usage()}")
    if rest and rest[0] in ("-h", "--help") and word != "run":
        module, shape, what = COMMANDS[word]
        print(f"usage: ./workbook {word} {shape}\n{what}")
        return 0
    module, _, function = COMMANDS[word][0].partition(":")
    return getattr(importlib.import_module(f".{module}", __package__), function or "run")(rest)


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)  # was only there to find this package
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `./workbook list | head` ends in silence
    processes.end_with_this_one()
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"workbook: {failure}", file=sys.stderr)
        sys.exit(failure.code)
