"""The reader's folder, and what is judged of it: all without a compiler."""

import contextlib
import io
import unittest
from unittest import mock

from workbook import check, grading, help_with, regions, yours
from workbook.repository import Failure, find_program, find_stage, first_sentence, stages

from .tree import CHAPTER, HEADER, POLL, StageTest


class Repository(StageTest):
    def test_a_stage_has_many_names(self):
        for word in ("2", "02", "02_epoll_module", "02_epoll_module/", "epoll"):
            self.assertEqual(find_stage(word, self.root).name, "02_epoll_module")
        with self.assertRaisesRegex(Failure, "there is no stage '7'"):
            find_stage("7", self.root)

    def test_programs_and_what_they_say(self):
        file = self.write("02_epoll_module/examples/a_server.cpp",
                          "// Answers, and goes on. More words.\nint main() {}\n")
        self.assertEqual(find_program("a_server", self.root), file)
        self.assertIsNone(find_program("b_server", self.root))
        self.assertEqual(first_sentence(file), "Answers, and goes on")


class Start(StageTest):
    def test_lays_every_file_with_exercises_blank_and_lists_them(self):
        said = self.quietly(yours.start, "2")
        self.assertEqual(self.own(), regions.blank(self.poll, POLL))
        self.assertEqual((self.stage.yours / "overlay.list").read_text(),
                         "include/epoll/poll.hpp\nsrc/poll.cpp\n")
        self.assertIn("./workbook check 02", said)

    def test_never_overwrites(self):
        self.quietly(yours.start, "2")
        self.write_own("mine")
        with self.assertRaisesRegex(Failure, "never overwritten"):
            yours.start(["2"])
        self.assertEqual(self.own(), "mine")

    def test_a_missing_file_is_an_error_that_says_what_to_do(self):
        self.quietly(yours.start, "2")
        (self.stage.yours / "src/poll.cpp").unlink()
        with self.assertRaisesRegex(Failure, r"src/poll.cpp is missing[^$]*workbook reset 2\.1"):
            yours.load(self.stage)

    def test_a_stage_that_is_not_started_is_an_error(self):
        with self.assertRaisesRegex(Failure, "workbook start 02_epoll_module"):
            yours.load(self.stage)


class Help(StageTest):
    def test_hint_begins_with_what_is_asked(self):
        self.chapter.write_text(CHAPTER.replace("<!-- hint 2.1 -->", "Make one.\n\n<!-- hint 2.1 -->"))
        said = self.quietly(help_with.hint, "2.1")
        self.assertLess(said.index("Make one."), said.index("Look at `made`."))
        self.assertNotIn("judged by", said)

    def test_hint_takes_the_fold_off(self):
        self.assertIn("Look at `made`.", self.quietly(help_with.hint, "2.1"))
        self.assertNotIn("details", self.quietly(help_with.hint, "2.1"))

    def test_solution_is_the_body_of_the_reference(self):
        self.assertIn("\nreturn 2 * value;\n", self.quietly(help_with.solution, "2.10"))

    def test_an_unknown_number_is_an_error(self):
        for number in ("2.77", "9.1", "x", "2"):
            with self.assertRaises(Failure):
                help_with.hint([number])

    def test_reset_saves_first_and_makes_only_this_one_blank(self):
        self.quietly(yours.start, "2")
        self.write_own(self.own().replace('sys::todo("2.1 make");', "return 5;")
                       .replace('sys::todo("2.10 twice");', "return 6;"))
        self.quietly(help_with.reset, "2.1")
        self.assertIn('sys::todo("2.1 make");', self.own())
        self.assertIn("return 6;", self.own())
        saved = list((self.stage.yours / "saved").iterdir())
        self.assertEqual([file.read_text() for file in saved], ["  return 5;\n"])

    def test_reset_of_a_blank_one_saves_nothing(self):
        self.quietly(yours.start, "2")
        self.assertIn("already blank", self.quietly(help_with.reset, "2.1"))
        self.assertFalse((self.stage.yours / "saved").exists())

    def test_two_texts_saved_in_one_second_are_both_kept(self):
        self.quietly(yours.start, "2")
        files = {yours.save(self.stage, "2.1", text) for text in ("a", "b")}
        self.assertEqual(sorted(file.read_text() for file in files), ["a\n", "b\n"])

    def test_reset_brings_a_missing_file_back(self):
        self.quietly(yours.start, "2")
        (self.stage.yours / "src/poll.cpp").unlink()
        self.quietly(help_with.reset, "2.1")
        self.assertEqual(self.own(), regions.blank(self.poll, POLL))

    def test_reset_refuses_a_file_without_its_markers(self):
        self.quietly(yours.start, "2")
        self.write_own("int nothing;\n")
        with self.assertRaisesRegex(Failure, "has no region 2.1"):
            help_with.reset(["2.1"])
        self.assertEqual(self.own(), "int nothing;\n")


class Grading(StageTest):
    def alone(self, name: str) -> str:
        own = yours.load(self.stage)[self.poll]
        region = next(region for region in regions.exercises(self.stage) if region.name == name)
        return grading.standing_alone(own, region)

    def test_an_exercise_stands_alone_in_the_readers_file(self):
        self.quietly(yours.start, "2")
        self.write_own("// my own words\n" + self.own().replace('sys::todo("2.1 make");', "return 5;"))
        text = self.alone("2.1")
        self.assertIn("// my own words", text)
        self.assertIn("return 5;", text)
        self.assertIn("return 2 * value;", text)  # 2.10 is blank in yours, and of no account here
        self.assertNotIn("todo(", text)

    def test_the_compiler_gets_the_readers_line_numbers(self):
        self.quietly(yours.start, "2")
        self.write_own(self.own().replace('  sys::todo("2.1 make");', "  int a = 1;\n  return a;"))
        own = self.stage.yours / "src/poll.cpp"
        lines = self.alone("2.1").split("\n")
        at = file = 0
        where = {}  # text of a line: file and number, as a compiler counts them
        for line in lines:
            if line.startswith("#line "):
                at, file = int(line.split()[1]), line.split('"')[1]
                continue
            where[line] = (file, at)
            at += 1
        for line in ("  return a;", "struct Inner {", "};"):
            self.assertEqual(where[line], (str(own), self.own().split("\n").index(line) + 1))
        self.assertEqual(where["    return 2 * value;"], ("(exercise 2.10 of the reference)", 1))

    def test_a_verdict_outlives_a_change_elsewhere_in_the_file(self):
        self.quietly(yours.start, "2")
        before = self.alone("2.10")
        self.write_own(self.own().replace('sys::todo("2.1 make");', "int a = 1;\n  return a;"))
        after = self.alone("2.10")
        with mock.patch.object(grading, "fingerprint", lambda stage: ""), \
                mock.patch.object(grading, "FOLDER", self.root / "build/yours"):
            memory = grading.Memory(self.stage)
            memory.keep(grading.Verdict("2.10", grading.RIGHT), before)
            self.assertIsNotNone(grading.Memory(self.stage).recall("2.10", after))
            self.assertIsNone(memory.recall("2.10", after.replace("struct", "class")))

    def test_code_around_the_exercises_is_distinguished_from_them(self):
        self.quietly(yours.start, "2")
        self.write_own(self.own().replace('sys::todo("2.1 make");', "return 1;"))
        self.assertTrue(grading.differs_in_bodies_only(yours.load(self.stage)[self.poll]))
        self.write_own(self.own() + "int helper();\n")
        self.assertFalse(grading.differs_in_bodies_only(yours.load(self.stage)[self.poll]))

    def test_a_file_without_markers_spoils_its_own_exercises_only(self):
        self.quietly(yours.start, "2")
        self.write_own("// #region 2.1 make\n")
        judged = []
        with mock.patch.object(grading, "fingerprint", lambda stage: ""), \
                mock.patch.object(grading, "FOLDER", self.root / "build/yours"), \
                mock.patch.object(grading, "in_sandboxes", lambda tasks, work: judged.extend(tasks) or []):
            verdicts = grading.Grades(self.stage, yours.load(self.stage)).verdicts
        self.assertEqual(judged, [])  # nothing is written, so nothing is built
        self.assertEqual({name: verdict.state for name, verdict in verdicts.items()},
                         {"2.1": grading.BROKEN, "2.2": grading.OPEN, "2.10": grading.BROKEN})
        self.assertIn("never closed", verdicts["2.1"].output)

    def test_what_is_started_is_finished_before_another_stage_is_started(self):
        self.quietly(yours.start, "2")
        first = stages(self.root)[0]
        with mock.patch.object(check, "stages", lambda: stages(self.root)):
            self.assertIn(f"check {self.stage.name}", check.what_next())
            self.write_own(POLL)
            (self.stage.yours / "include/epoll/poll.hpp").write_text(HEADER)
            self.assertIn(f"start {first.name}", check.what_next())
        with mock.patch.object(check, "stages", lambda: [self.stage]):
            self.assertIn("--all-mine", check.what_next())

    def test_exercises_that_fail_for_the_same_reason(self):
        own = self.stage.yours / "src/poll.cpp"
        seen: set[str] = set()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            for more in ("a", "b"):
                check.show_error("2.1", f"{own}:3:1: error: no\n{more}", [own], seen)
        self.assertEqual(out.getvalue().count("error: no"), 1)
        self.assertIn("for the same reason", out.getvalue())

    def test_the_bar_and_the_words(self):
        self.assertEqual(check.bar(0, 5).count("#"), 0)
        self.assertEqual(check.bar(5, 5).count("-"), 0)
        self.assertEqual(check.in_words("02.Poll.adding_twice_is_eexist"),
                         "Poll: adding twice is eexist")


if __name__ == "__main__":
    unittest.main()
