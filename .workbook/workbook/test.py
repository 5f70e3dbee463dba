"""`./workbook test [stage]`: builds with the sanitizers, and runs every test of one stage or all.

The last lines are those of ctest, and so is the exit code.
"""

from . import building, locks
from .repository import Failure, find_stage, stages


def run(arguments: list[str]) -> int:
    if len(arguments) > 1:
        raise Failure("usage: ./workbook test [stage]")
    stage = find_stage(arguments[0]) if arguments else None
    with locks.held("debug"):
        building.configure("debug")
        building.build("debug", [one.tests_target() for one in ([stage] if stage else stages())])
        return building.ctest("debug", *(["-L", f"^{stage.name}$"] if stage else []))
