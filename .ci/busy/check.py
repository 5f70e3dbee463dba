#!/usr/bin/python3
"""The whole suite, again and again, on a machine that has no time for it: no test may depend on luck.

    .ci/busy/check.py build/debug --times 100             # beside stress-ng on every processor
    .ci/busy/check.py build/debug --times 100 --stalls    # and random processes of it stand still for 100 ms

A stall is SIGSTOP, and SIGCONT 100 ms later. A stopped process misses its deadlines, and a system call that
was waiting may return EINTR when the process continues (signal(7)). Failures are printed as they come; the last
line counts them.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / ".workbook"))

from workbook.processes import descendants  # noqa: E402

STALL = 0.1  # seconds


def may_stand_still(pid: int) -> bool:
    """A test that stops a process itself must find it as it left it; and an EINTR ends the originals: that is
    one of their faults (C1 in docs/faults.md)."""
    name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
    return rest.split()[0] not in "tTZX" and not name.startswith("original_")


class Stalls:
    """Stops one random process of the suite after the other, until it is left."""

    def __init__(self, suite: int, chance: random.Random):
        self.suite, self.chance, self.count = suite, chance, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.over.wait(self.chance.uniform(0, STALL)):
            if processes := descendants(self.suite):
                self.stall(self.chance.choice(processes))

    def stall(self, pid: int) -> None:
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            if may_stand_still(pid):
                signal.pidfd_send_signal(process, signal.SIGSTOP)
                time.sleep(STALL)
                signal.pidfd_send_signal(process, signal.SIGCONT)
                self.count += 1
        except (ProcessLookupError, FileNotFoundError):
            pass  # it has ended
        finally:
            os.close(process)

    def __enter__(self) -> "Stalls":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


def suite(folder: str, only: str, stalls: random.Random | None) -> tuple[str, int]:
    """One run of the tests, twice as many at once as there are processors: what ctest printed, and the stalls."""
    run = subprocess.Popen(["ctest", "--test-dir", folder, "-R", only, "--output-on-failure", "--timeout", "300",
                            "-j", str(2 * os.cpu_count())],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if stalls is None:
        return run.communicate()[0], 0
    with Stalls(run.pid, stalls) as stalled:
        return run.communicate()[0], stalled.count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a build with its tests")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--only", default=".", help="a regular expression of suites, such as 04.Acceptor")
    parser.add_argument("--stalls", action="store_true")
    parser.add_argument("--seed", type=int, default=1, help="of the stalls")
    given = parser.parse_args()
    chance = random.Random(given.seed) if given.stalls else None
    failed = stalls = 0
    busy = subprocess.Popen(["stress-ng", "--quiet", "--cpu", str(os.cpu_count())])
    try:
        for time_of in range(1, given.times + 1):
            begin = time.monotonic()
            printed, count = suite(given.folder, given.only, chance)
            stalls += count
            result = re.search(r"(\d+)% tests passed, (\d+) tests failed out of (\d+)", printed)
            if result is None or result[2] != "0":
                failed += 1
                print(re.sub(r"(?m)^(.* Passed .*| +Start +\d.*)\n", "", printed))
            print(f"{time_of:3}: {result[0] if result else 'no result'}, "
                  f"{time.monotonic() - begin:.0f} s, {count} stalls", flush=True)
    finally:
        busy.terminate()
        busy.wait()
    print(f"{given.times} runs, {stalls} stalls, {failed} failed")
    return 1 if failed or stalls == 0 and given.stalls else 0


if __name__ == "__main__":
    sys.exit(main())
