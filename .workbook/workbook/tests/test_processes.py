"""What a command starts ends with it; and one command at a time uses a build folder."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from workbook import building, locks, processes
from workbook.repository import ROOT, Failure

LIMIT = 60  # seconds, for what takes one; a machine may be busy

# Like `check`: many tests wait for their turn on threads, and those that run do not end. Each of them
# is in a session of its own, and has left a child behind in another.
BUSY = """
import sys
from concurrent.futures import ThreadPoolExecutor
from workbook import gtests, processes
from pathlib import Path
processes.end_with_this_one()
test = ["sh", "-c", "setsid sh -c 'echo left $$ > left.$$; exec sleep 1000' & echo run $$ > run.$$; sleep 1000"]
with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda _: gtests.execute(test, 1000, Path(sys.argv[1])), range(50)))
"""


# The main thread waits for a lock, and another thread gets the signal.
UNNOTICED = """
import signal, threading, time
from workbook import processes
def get_it():
    for _ in range(1000):
        time.sleep(0)  # the main thread may go on, and then waits
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
processes.end_with_this_one()
threading.Thread(target=get_it).start()
threading.Event().wait()
"""


def python(code: str, *arguments: str, **options) -> subprocess.Popen:
    """A process that runs `code`, which may import from this package."""
    return subprocess.Popen([sys.executable, "-c", code, *arguments],
                            env=os.environ | {"PYTHONPATH": str(ROOT / ".workbook")}, **options)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class CtrlC(unittest.TestCase):
    def end_by(self, number: signal.Signals) -> None:
        with tempfile.TemporaryDirectory() as path:
            command = python(BUSY, path, start_new_session=True,
                             preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))  # nohup has it ignored
            try:
                started = self.wait_for(Path(path), 4)
                command.send_signal(number)
                self.assertEqual(command.wait(timeout=LIMIT), -number)
                self.assertEqual([pid for pid in started if running(pid)], [])
                self.assertEqual(len(list(Path(path).iterdir())), len(started), "started one more")
            finally:
                command.kill()
                command.wait()

    def wait_for(self, folder: Path, count: int) -> list[int]:
        """The processes that have told of themselves, when there are so many."""
        while True:
            files = [file for file in folder.iterdir() if file.read_text().endswith("\n")]
            if len(files) >= count:
                return [int(file.read_text().split()[1]) for file in files]

    def test_ends_a_command_and_everything_that_it_started(self):
        self.end_by(signal.SIGINT)

    def test_so_do_a_sigterm_and_the_end_of_the_terminal(self):
        self.end_by(signal.SIGTERM)
        self.end_by(signal.SIGHUP)

    def test_does_so_when_another_thread_got_the_signal(self):
        command = python(UNNOTICED)
        try:
            self.assertEqual(command.wait(timeout=LIMIT), -signal.SIGTERM)
        finally:
            command.kill()
            command.wait()


class Processes(unittest.TestCase):
    def test_what_came_of_a_process_is_found(self):
        process = processes.start(["sh", "-c", "sleep 1000 & echo; wait"], stdout=subprocess.PIPE)
        try:
            process.stdout.readline()
            found = processes.descendants(os.getpid())
            self.assertIn(process.pid, found)
            self.assertEqual(len(processes.descendants(process.pid)), 1)
            self.assertIn(processes.descendants(process.pid)[0], found)
        finally:
            for pid in [*processes.descendants(process.pid), process.pid]:
                os.kill(pid, signal.SIGKILL)
            process.communicate()

    def test_a_missing_program_is_reported_in_a_sentence(self):
        with self.assertRaisesRegex(Failure, "^no-such-program is not installed$"):
            processes.run(["no-such-program"])

    def test_run_is_fed_and_read(self):
        done = processes.run(["cat"], input=b"abc", stdout=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (0, b"abc"))
        self.assertEqual(processes.run(["cat"], stdout=subprocess.PIPE).stdout, b"")


class Locks(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    HOLDER = """
import sys
from pathlib import Path
from workbook import locks
with locks.held("yours", Path(sys.argv[1])):
    print("has it", flush=True)
    sys.stdin.readline()
    print("gives it back", flush=True)
"""

    def holder(self) -> subprocess.Popen:
        process = python(self.HOLDER, str(self.root), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_one_command_at_a_time_has_a_build_folder(self):
        one = self.holder()
        self.assertEqual(one.stdout.readline(), "has it\n")
        other = self.holder()
        self.assertEqual(other.stdout.readline(),
                         f"build/yours is in use by another command (process {one.pid}); "
                         "waiting for it\n")
        one.stdin.write("\n")
        one.stdin.flush()
        self.assertEqual(other.stdout.readline(), "has it\n")
        self.assertEqual(one.stdout.readline(), "gives it back\n")

    def test_a_command_that_was_killed_releases_its_lock(self):
        one = self.holder()
        self.assertEqual(one.stdout.readline(), "has it\n")
        one.kill()
        self.assertEqual(self.holder().stdout.readline(), "has it\n")

    def test_another_folder_is_free(self):
        with locks.held("debug", self.root), locks.held("release", self.root):
            pass


class TroubleOfTheMachine(unittest.TestCase):
    def test_is_no_verdict_on_a_source(self):
        for said, sentence in (
                ("a.cpp: fatal error: error writing to /tmp/a.s: No space left on device", "no space"),
                ("g++: fatal error: Killed signal terminated program cc1plus", "memory"),
                ("cc1plus: out of memory allocating 65536 bytes", "memory")):
            with self.assertRaisesRegex(Failure, sentence):
                building.said_by(["sh", "-c", f"echo 'first'; echo '{said}'; exit 1"])

    def test_a_step_that_fails_on_a_disk_that_is_nearly_full_says_so(self):
        for free, sentence in ((0, "no space left"), (5 << 20, "5 MiB are left"), (1 << 30, "sh -c false$")):
            with mock.patch.object(building, "free_space", lambda: free), \
                    self.assertRaisesRegex(Failure, sentence):
                building.step("sh", "-c", "false")

    def test_what_a_source_says_of_it_is_no_trouble(self):
        for said in ("a.cpp:1: error: 'No space left on device' was not declared",
                     "a.cpp:1: error: catch (std::bad_alloc&), out of memory"):
            self.assertEqual(building.machine_trouble(said), "")
        self.assertEqual(building.said_by(["sh", "-c", "echo no; exit 1"]), (False, "no\n"))


if __name__ == "__main__":
    unittest.main()
