"""What `check` shows: progress, the first error, where a test hangs, and what is not written yet."""

import contextlib
import io
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

from workbook import check, compiler_errors, docs, grading, gtests, hangs, listing, milestones
from workbook import milestones_check, own_tests, progress, run, yours
from workbook.repository import ROOT, Failure, find_program, stages

from .tree import CHAPTER, HEADER, POLL, StageTest

SLAB = ROOT / "02_epoll_module/yours/include/epoll/slab.hpp"

# As g++ 12 printed it, shortened.
IN_A_HEADER_OF_THE_LIBRARY = f"""\
In file included from /usr/include/c++/12/memory:66,
                 from /usr/include/gtest/gtest.h:54,
                 from <command-line>:
/usr/include/c++/12/bits/stl_uninitialized.h: In instantiation of ‘constexpr bool std::__check()’:
/usr/include/c++/12/bits/stl_vector.h:601:31:   required from ‘constexpr std::vector<_Tp, _Alloc>::vector()’
{SLAB}:39:50:   required from ‘epoll::Token epoll::Slab<T>::emplace(Args&& ...)’
{ROOT}/02_epoll_module/tests/slab_test.cpp:29:33:   required from here
/usr/include/c++/12/bits/stl_uninitialized.h:90:56: error: static assertion failed: result type must be
   90 |       static_assert(is_constructible<_ValueType, _Tp>::value,
      |                                                        ^~~~~
/usr/include/c++/12/bits/stl_uninitialized.h:90:56: note: evaluates to false
"""
IN_THE_FILE = f"""\
{SLAB}: In instantiation of ‘T* epoll::Slab<T>::find(epoll::Token)’:
{ROOT}/02_epoll_module/tests/slab_test.cpp:29:33:   required from here
{SLAB}:45:29: error: no match for ‘operator!=’ (operand types are ‘{'x' * 1000}’)
   45 |     if (slots_[token.index] != token) return nullptr;
      |         ~~~~~~~~~~~~~~~~~~~~^~~~~~~~
""" + "".join(f"/usr/include/c++/12/a.h:{i}:5: note: candidate: ‘bool operator!=()’\n  {i} | x\n" for i in range(300))


class FirstError(unittest.TestCase):
    def test_is_shown_with_its_source_and_without_the_candidates(self):
        for before in ("", "/usr/include/a.h:1:1: error: another one\n"):
            told = compiler_errors.first(before + IN_THE_FILE, [SLAB])
            self.assertTrue(told[0].startswith("02_epoll_module/yours/include/epoll/slab.hpp:45:29: error: no"))
            self.assertLess(len(told[0]), 400)
            self.assertIn("slots_[token.index] != token", told[1])
            self.assertEqual(len(told), 3)

    def test_names_the_line_that_led_to_a_header_of_the_library(self):
        told = compiler_errors.first(IN_A_HEADER_OF_THE_LIBRARY, [SLAB])
        self.assertEqual(told[0], "02_epoll_module/yours/include/epoll/slab.hpp:39: error: "
                         "static assertion failed: result type must be")
        self.assertIn("stl_uninitialized.h:90", told[-1])

    def test_is_never_long(self):
        for printed in ("\n".join(f"line {i}" for i in range(99)),
                        "\n".join(f"a.o: undefined reference to `f{i}'" for i in range(99)),
                        f"{SLAB}:1:1: error: x\n" + "  1 | y\n" * 99):
            self.assertEqual(len(compiler_errors.first(printed, [SLAB])), compiler_errors.SHOWN)

    @unittest.skipUnless(shutil.which("g++"), "there is no g++")
    def test_of_a_compiler_of_today(self):
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder) / "own.hpp"
            own.write_text("#include <memory>\n#include <vector>\ntemplate <class T> void f(T& a) {\n"
                           "  auto b = a;\n}\ntemplate <class T> bool g(T& a) {\n  return a != 1;\n}\n")
            for call, line in (("f(v)", 4), ("g(v)", 7)):
                test = Path(folder) / "t.cpp"
                test.write_text('#include "own.hpp"\nstd::vector<std::unique_ptr<int>> v;\n'
                                f"void t() {{ {call}; }}\n")
                printed = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", str(test), "-I", folder],
                                         stderr=subprocess.PIPE, text=True, cwd=folder).stderr
                told = compiler_errors.first(printed, [own])
                self.assertRegex(told[0], rf"^{own}:{line}:.*error: ")
                self.assertLessEqual(len(told), compiler_errors.SHOWN)


class NotWritten(unittest.TestCase):
    """A test program that is a script."""

    def outcome(self, script: str, limit: float = 5, **options) -> gtests.Outcome:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name) / "02_poll_test"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return gtests.run(gtests.Test("02.Poll.is_made", "Poll.is_made", program), limit, **options)

    def test_is_never_called_a_crash_nor_a_hang(self):
        said = "echo \"terminate called ... what():  exercise 2.14 (wake) is not written yet\""
        for script in (f"{said}; kill -ABRT $$", f"{said}; exec sleep 50"):
            self.assertEqual(self.outcome(script, 0.5).verdict, "unwritten")
        self.assertNotIn("crash", check.how("unwritten"))

    def test_what_hangs_is_looked_at_before_it_is_ended(self):
        seen = []

        def look(pid: int) -> list[str]:
            seen.append(Path(f"/proc/{pid}/stat").exists())
            return ["there"]

        outcome = self.outcome("echo begun; exec sleep 50", 0.5, look=look)
        self.assertEqual((outcome.verdict, seen), ("hung", [True]))
        self.assertEqual(outcome.output, "there\nbegun\n")


class Hangs(unittest.TestCase):
    GDB = f"""\
[Thread debugging using libthread_db enabled]

Thread 1 (Thread 0x7f (LWP 3) "02_poll_test"):
#0  0x00007f in epoll_wait (epfd=...) from /lib/libc.so.6
#1  0x00005 in sys::call<&epoll_wait>(int&) (args#0=...) at {ROOT}/build/yours/0/overlay/01_syscall_macro/include/syscall/call.hpp:99
#2  0x00006 in epoll::Poll::wait (this=..., events=...) at {ROOT}/02_epoll_module/yours/src/poll.cpp:70
#3  0x00007 in PollTest_waits_Test::TestBody (this=...) at {ROOT}/02_epoll_module/tests/poll_test.cpp:30
#4  0x00008 in testing::Test::Run (this=...) at /usr/src/gtest.cc:2
"""

    def test_the_innermost_frames_in_yours(self):
        self.assertEqual(hangs.chosen(hangs.frames(self.GDB))[1:],
                         ["  02_epoll_module/yours/src/poll.cpp:70  epoll::Poll::wait"])

    def test_else_the_innermost_of_the_workbook(self):
        without = self.GDB.replace("02_epoll_module/yours/", "build/yours/0/overlay/02_epoll_module/")
        told = hangs.chosen(hangs.frames(without))
        self.assertIn("outside of your files", told[0])
        self.assertEqual(told[2], "  02_epoll_module/src/poll.cpp:70  epoll::Poll::wait")
        self.assertEqual(hangs.chosen(hangs.frames("ptrace: Operation not permitted.")), [])

    def test_without_gdb_proc_tells_waiting_from_computing(self):
        for command, word in ((["sleep", "50"], "waiting in the kernel"), (["yes"], "computing")):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            try:
                with mock.patch.object(hangs, "has", lambda name: False):
                    told: list[str] = []
                    for _ in range(10_000):  # `yes` may be caught while it writes, or before it begins
                        told = hangs.stack(process.pid)
                        if word in told[0]:
                            break
                self.assertIn(word, told[0])
                self.assertIn("apt-get install gdb", told[-1])
            finally:
                process.kill()
                process.wait()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Progress(unittest.TestCase):
    def shown(self, out: io.StringIO, seconds: float | None = 40.0) -> str:
        told = progress.Progress("Judging 2.6 wait", seconds, 2, out)
        told.built("[3/17] Building CXX object a.o\n")
        told.built("a.cpp:1: warning\n")
        ended = threading.Event()
        ended.set()
        told.show(ended)
        return out.getvalue()

    def test_on_a_terminal_is_one_line_that_goes_away(self):
        said = self.shown(Terminal())
        self.assertIn("0 of 2 judged, step 3 of 17", said)
        self.assertNotIn("\n", said)
        self.assertTrue(said.endswith("\r\x1b[K"))

    def test_elsewhere_is_a_plain_line(self):
        self.assertEqual(self.shown(io.StringIO()), "Judging 2.6 wait ... (took 40 s the last time)\n")

    def test_a_kind_that_was_never_built_is_not_guessed(self):
        self.assertIn("not timed yet", self.shown(io.StringIO(), None))
        with tempfile.TemporaryDirectory() as folder:
            for kind, seconds in (("02 poll.cpp", 3.0), ("02 slab.hpp", 9.0)):
                progress.remember(kind, seconds, Path(folder))
            self.assertEqual(progress.expected(["02 poll.cpp", "02 slab.hpp"], 2, Path(folder)), 6.0)
            self.assertIsNone(progress.expected(["02 poll.cpp", "02 raw.cpp"], 2, Path(folder)))


class Chosen(StageTest):
    def setUp(self) -> None:
        super().setUp()
        for module in (check, listing, docs):
            patch = mock.patch.object(module, "stages", lambda root=None: stages(self.root))
            patch.start()
            self.addCleanup(patch.stop)
        for patch in (mock.patch.object(grading, "fingerprint", lambda stage: ""),
                      mock.patch.object(grading, "FOLDER", self.root / "build/yours")):
            patch.start()
            self.addCleanup(patch.stop)

    def test_a_number_or_a_file_means_exercises(self):
        for word, names in (("2.10", {"2.10"}), ("poll.hpp", {"2.2"}), ("src/poll.cpp", {"2.1", "2.10"}),
                            (str(self.stage.yours / "src/poll.cpp"), {"2.1", "2.10"})):
            self.assertEqual(check.some_exercises(word), {self.stage: names}, word)
        for word in ("02", "epoll"):
            self.assertEqual(check.some_exercises(word), {})
        for word in ("oll.cpp", "2.77", "nothing.hpp"):
            with self.assertRaises(Failure):
                check.some_exercises(word)

    def test_only_what_is_asked_for_is_judged(self):
        self.quietly(yours.start, "2")
        self.write_own(POLL)
        judged = []

        def judge(tasks, _):
            judged.extend(task.region.name for task in tasks)
            return [grading.Verdict(task.region.name, grading.RIGHT) for task in tasks]

        with mock.patch.object(grading, "in_sandboxes", judge), \
                contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertTrue(check.check_stage(self.stage, {"2.10"}))
            self.assertEqual(judged, ["2.10"])
            self.assertIn("1 of 1 right", said.getvalue())
            self.assertRegex(said.getvalue(), r"  right +2\.10 twice")
            with mock.patch.object(own_tests, "told", lambda stage, right: [f"tests of {sorted(right)}"]), \
                    mock.patch.object(check, "show_details"):
                check.check_stage(self.stage)
            self.assertIn("tests of ['2.1", said.getvalue())
            for header in self.stage.yours.rglob("poll.hpp"):
                header.write_text(HEADER)
            with mock.patch.object(own_tests, "told", lambda *_: ["the tests"]), \
                    mock.patch.object(check, "show_whole"):
                check.check_stage(self.stage)
            self.assertIn("3 of 3 right\nthe tests", said.getvalue(), "what is finished is one line")

    def test_the_list_marks_what_was_found_right_and_what_is_blank(self):
        self.assertNotIn("open", self.quietly(listing.run))
        self.quietly(yours.start, "2")
        self.write_own(self.own().replace('sys::todo("2.1 make");', "return 5;"))
        self.assertRegex(self.quietly(listing.run), r"2\.1 +make +src/poll")
        own = yours.load(self.stage)[self.poll]
        region = next(region for region in own.regions.values() if region.name == "2.1")
        grading.Memory(self.stage).keep(grading.Verdict("2.1", grading.RIGHT), grading.standing_alone(own, region))
        said = self.quietly(listing.run)
        self.assertRegex(said, r"2\.1 +make +done +src/poll")
        self.assertRegex(said, r"2\.10 +twice +open +src/poll")
        self.assertIn("1 of 3 done", said)
        self.write_own(self.own().replace("return 5;", "return 6;"))  # changed since
        self.assertRegex(self.quietly(listing.run), r"2\.1 +make +src/poll")

    def test_the_next_one_says_how_long_it_takes(self):
        self.assertEqual(docs.minutes(self.chapter), {"2.1": 10, "2.2": 10, "2.10": 10})
        self.chapter.write_text(CHAPTER.replace(" About 10 minutes.", "", 1))
        self.assertEqual(docs.minutes(self.chapter), {"2.2": 10, "2.10": 10})

    def test_a_milestone_is_reached_when_everything_up_to_it_is_right(self):
        self.chapter.write_text(CHAPTER + "\n| after | you run | and see |\n|---|---|---|\n"
                                "| 2.2 | `./workbook run --mine first 80` | one thing |\n"
                                "| 2.10 | `./workbook run --mine second` | another |\n")
        self.assertEqual(milestones.told(self.stage, {"2.1"}), ["", "Next milestone, after 2.2: one thing"])
        self.assertEqual(milestones.told(self.stage, {"2.10", "2.2"}), milestones.told(self.stage, set()))
        self.assertEqual(milestones.told(self.stage, {"2.1", "2.2"}),
                         ["", "Milestone reached: one thing", "    ./workbook run --mine first 80",
                          "", "Next milestone, after 2.10: another"])
        self.chapter.write_text(self.chapter.read_text().replace("| 2.10 |", "| 2.11 |"))
        with self.assertRaisesRegex(Failure, "2.11, which is no exercise"):
            milestones.of(self.stage)

    def test_a_program_is_built_on_the_readers_files(self):
        built = []

        def program(stage, overlays, name):
            built.append((stage.name, sorted(overlays), name))
            return Path("/bin/true")

        with mock.patch.object(run, "stages", lambda root=None: stages(self.root)), \
                mock.patch.object(run.locks, "held", lambda name: contextlib.nullcontext()), \
                mock.patch.object(run.progress, "remember"), mock.patch.object(run.stage_build, "program", program):
            with self.assertRaisesRegex(Failure, "is not started"):
                run.on_mine(self.stage, "one", False)
            self.quietly(yours.start, "2")
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(run.on_mine(self.stage, "one", False), Path("/bin/true"))
            with self.assertRaisesRegex(Failure, "01_syscall_macro is not started"):
                run.on_mine(self.stage, "one", True)
        self.assertEqual(built, [("02_epoll_module", ["02_epoll_module"], "one")])


class OwnTests(unittest.TestCase):
    """The tests that a reader writes."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mistake = own_tests.find(["2.8"])
        self.file = Path(folder.name) / "tests/2_8_test.cpp"
        for patch in (mock.patch.object(own_tests, "file_for", lambda mistake: self.file),
                      mock.patch.object(own_tests.locks, "held", lambda name: contextlib.nullcontext()),
                      mock.patch.object(own_tests.progress, "remember"), mock.patch.object(own_tests, "Sandbox")):
            patch.start()
            self.addCleanup(patch.stop)

    def judged(self, bad: list[gtests.Outcome], caught: set[str]) -> tuple[int, str]:
        with mock.patch.object(own_tests, "failing", lambda *_: bad), \
                mock.patch.object(own_tests, "caught", lambda _, mistake, *__: mistake.file.stem in caught), \
                contextlib.redirect_stdout(io.StringIO()) as out:
            return own_tests.judge(self.mistake), out.getvalue()

    def test_two_are_asked_for_in_each_step_and_each_has_a_header(self):
        for stage in stages():
            some = own_tests.asked(stage)
            self.assertEqual(len({mistake.region.name for mistake in some}), 2, stage.name)
            for mistake in some:
                self.assertIn(f'#include "{own_tests.header_of(mistake)}"', own_tests.blank(mistake))
                self.assertTrue((stage.folder / "include" / own_tests.header_of(mistake)).is_file())
                self.assertNotEqual(mistake.sanitizers, "thread")
        with self.assertRaisesRegex(Failure, "These are: 1.2, 1.5, 2.8"):
            own_tests.find(["2.9"])

    def test_a_blank_one_is_laid_once_and_open(self):
        code, said = self.judged([], set())
        self.assertEqual(code, 1)
        self.assertIn("Open", said)
        self.assertIn("the token of a client that has left finds nothing", self.file.read_text())
        self.file.write_text("mine")
        own_tests.lay(self.mistake)
        self.assertEqual(self.file.read_text(), "mine")

    def test_it_must_pass_with_the_reference_and_fail_with_the_mistake(self):
        self.file.parent.mkdir()
        self.file.write_text("TEST(Mine, one) {}\n")
        outcome = gtests.Outcome("02.Mine.one", "failed", "a.cpp:1: Failure\nno")
        code, said = self.judged([outcome], {self.mistake.file.stem})
        self.assertEqual(code, 1)
        self.assertIn("With the reference, which is right, this test fails", said)
        code, said = self.judged([], {"2.8-an_index_is_trusted"})
        self.assertEqual(code, 1)
        self.assertIn("with the mistake, too", said)
        for caught, count in (({self.mistake.file.stem}, 0),
                              ({self.mistake.file.stem, "2.8-an_index_is_trusted"}, 1)):
            code, said = self.judged([], caught)
            self.assertEqual(code, 0)
            self.assertIn(f"catches {count} of 1 other", said)
            self.assertEqual("With those that it does not catch" in said, count == 0)

    def test_one_that_is_open_is_named_once_its_exercise_is_right(self):
        stage = self.mistake.stage
        self.assertEqual(own_tests.told(stage, {"2.8"}), [], "there is no such file")
        self.assertIn("find     ", own_tests.listed(stage)[0])
        own_tests.lay(self.mistake)
        self.assertIn(" open ", own_tests.listed(stage)[0])
        self.assertIn("check test 2.8", "\n".join(own_tests.told(stage, {"2.8", "2.9"})))
        self.assertEqual(own_tests.told(stage, {"2.9"}), [])
        self.file.write_text("mine")
        self.assertIn(" written ", own_tests.listed(stage)[0])
        self.assertEqual(own_tests.told(stage, {"2.8"}), [])


class Book(unittest.TestCase):
    def test_each_milestone_has_a_proof_and_a_program_of_its_step(self):
        for stage in stages():
            some = milestones.of(stage)
            self.assertGreaterEqual(len(some), 2, stage.name)
            for milestone in some:
                self.assertIn(milestone.words[0], milestones_check.PROOFS)
                source = find_program(milestone.words[0])
                self.assertTrue(source and source.is_relative_to(stage.folder), milestone.words[0])


if __name__ == "__main__":
    unittest.main()
