"""Which word starts which command."""

import errno
import importlib
import os
import signal
import sys
import traceback

if not __package__:  # started as a folder: a name with a colon cannot stand in PYTHONPATH
    sys.path[0] = os.path.dirname(sys.path[0])
    __package__ = "workbook"

from . import processes
from .repository import ROOT, Failure

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
    "lab": ("lab", "[NUMBER [DIAGNOSIS]]", "builds ten sick programs, and judges what you find"),
    "bench": ("bench", "[NAME...] [--rounds N]", "measures our servers beside others that are installed"),
    "docs": ("docs", "[--check, --serve]", "fills the quotes of the book; checks it; serves it"),
    "holes": ("proofs:holes", "[stage or number]", "proves that every exercise has a test"),
    "mistakes": ("proofs:mistakes", "[stage or number]", "proves that the tests catch every known mistake"),
    "traps": ("traps", "[stage or number]", "proves that what its own tests pass does not fail the step"),
    "fuzz": ("fuzz", "[TARGET] [--seconds N]", "throws made-up bytes at the parsers"),
    "mutants": ("mutants", "[stage] [file] [--sample N]", "changes the libraries a little, and names what no test notices"),
}


def usage() -> str:
    lines = ["usage: ./workbook COMMAND [arguments]", ""]
    for word, (_, arguments, what) in COMMANDS.items():
        lines.append(f"  {f'{word} {arguments}':31} {what}")
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


def explain(error: Exception) -> str:
    """What ended a command, in a sentence or two, for a reader who did not write it."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return (f"there is no space left on the disk. Everything in {ROOT / 'build'} can be deleted: "
                "it is made again when it is needed.")
    if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (f"{error.filename}: {error.strerror}. The workbook builds, and keeps what you write, "
                f"in its own folder; put a copy where you may write: cp -r '{ROOT}' ~/")
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{error.strerror or error}"
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (f"a fault of this command itself: {type(error).__name__} at "
            f"{os.path.basename(place.filename)}:{place.lineno} ({error}). "
            "With WORKBOOK_TRACEBACK=1 it tells more.")


def start(arguments: list[str]) -> int:
    """The exit code of a command. Whatever happens, the reader gets a sentence and no traceback."""
    try:
        code = main(arguments)
        sys.stdout.flush()  # here, where a full disk can still be told
        return code
    except Failure as failure:
        print(f"workbook: {failure}", file=sys.stderr)
        return failure.code
    except Exception as error:
        if os.environ.get("WORKBOOK_TRACEBACK"):
            raise
        print(f"workbook: {explain(error)}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `./workbook list | head` ends in silence
    processes.end_with_this_one()
    status = start(sys.argv[1:])
    try:
        sys.stdout.close()
    except OSError:
        status = status or 1  # told already
    sys.exit(status)
