"""Holes and mistakes, and the sandbox and test runs behind them: all without a compiler."""

import dataclasses
import unittest
from unittest import mock

from workbook import gtests, holes, mistakes, named_tests, regions, mutant_builds, sandbox
from workbook.repository import Failure

from .tree import HEADER, POLL, StageTest

MISTAKE = """\
// breaks: the answer,
//   and more
// caught by: 02.Poll.is_made,
//   02.OtherTest.is_there
// seen in: a dream
// symptom: none

  return 7;
"""


class Judges(StageTest):
    def region(self, name: str) -> regions.Region:
        return next(region for region in regions.exercises(self.stage) if region.name == name)

    def test_the_tests_of_the_files_own_name(self):
        self.assertEqual(holes.judges(self.stage, self.region("2.1")), ["02_poll_test"])
        self.assertEqual(holes.judges(self.stage, self.region("2.2")), ["02_poll_test"])

    def test_all_of_the_stage_if_there_are_none(self):
        self.write("02_epoll_module/src/lone.cpp", "// #region 2.4 a\n// #endregion 2.4\n")
        self.assertEqual(holes.judges(self.stage, self.region("2.4")),
                         ["02_other_test", "02_poll_test"])

    def test_those_that_the_marker_names(self):
        self.write("02_epoll_module/src/lone.cpp", "// #region 2.4 a @other_test\n// #endregion 2.4\n")
        self.assertEqual(holes.judges(self.stage, self.region("2.4")), ["02_other_test"])
        self.write("02_epoll_module/src/lone.cpp", "// #region 2.4 a @no_test\n// #endregion 2.4\n")
        with self.assertRaisesRegex(Failure, "there is no tests/no_test.cpp"):
            holes.judges(self.stage, self.region("2.4"))


class Mistakes(StageTest):
    def read(self, text: str, name: str = "2.1-a_mistake.cpp") -> mistakes.Mistake:
        self.write(f"02_epoll_module/mistakes/{name}", text)
        return mistakes.read_all([])[0]

    def test_head_and_body(self):
        mistake = self.read(MISTAKE)
        self.assertEqual(mistake.head["breaks"], "the answer, and more")
        self.assertEqual(mistake.tests, ["02.Poll.is_made", "02.OtherTest.is_there"])
        self.assertEqual((mistake.body, mistake.line), ("  return 7;", 8))
        self.assertEqual(mistakes.stages_of(mistake),
                         {self.stage: ["02.Poll.is_made", "02.OtherTest.is_there"]})

    def test_what_is_missing_is_named(self):
        for line, message in (("// breaks: the answer,\n", "breaks"), ("// seen in: a dream\n", "seen")):
            with self.assertRaisesRegex(Failure, message):
                self.read(MISTAKE.replace(line, "//\n"))
        with self.assertRaisesRegex(Failure, "no body"):
            self.read(MISTAKE.replace("  return 7;\n", ""))

    def test_names_of_files_and_tests_must_mean_something(self):
        with self.assertRaisesRegex(Failure, "there is no test 02.Poll.is_nothing"):
            mistakes.stages_of(self.read(MISTAKE.replace("is_made", "is_nothing")))
        with self.assertRaisesRegex(Failure, "has no exercise 2.7"):
            self.read(MISTAKE, "2.7-a.cpp")

    def test_a_body_that_is_no_exercise_can_be_replaced_too(self):
        self.write("02_epoll_module/src/lone.cpp", "// #region lone.wait\n// #endregion lone.wait\n")
        self.read(MISTAKE)
        self.read(MISTAKE, "lone.wait-for_nothing.cpp")
        every = [mistake.region.name for mistake in mistakes.read_all([])]
        self.assertEqual(every, ["2.1", "lone.wait"])
        for words, names in ((["2"], every), (["2.1"], ["2.1"]), (["lone.wait"], ["lone.wait"])):
            self.assertEqual([mistake.region.name for mistake in mistakes.read_all(words)], names)
        with self.assertRaisesRegex(Failure, "has no region lone.go"):
            self.read(MISTAKE, "lone.go-wrong.cpp")

    def test_a_body_that_can_be_replaced_is_one_of_its_own_file_and_holds_no_other(self):
        lone = "02_epoll_module/src/lone.cpp"
        self.write(lone, "// #region poll.wait\n// #endregion poll.wait\n")
        with self.assertRaisesRegex(Failure, "lone.wait would do"):
            self.read(MISTAKE)
        self.write(lone, "// #region lone.wait\n// #region 2.4 a\n// #endregion 2.4\n"
                   "// #endregion lone.wait\n")
        with self.assertRaisesRegex(Failure, "2.4 stands inside lone.wait"):
            self.read(MISTAKE)


class Schemata(StageTest):
    def variants(self) -> list[mutant_builds.Variant]:
        self.write("02_epoll_module/mistakes/2.1-a_mistake.cpp", MISTAKE)
        return [*holes.all_holes(), *(mistake.variant() for mistake in mistakes.read_all([]))]

    def test_each_body_keeps_its_own_line_numbers(self):
        text = mutant_builds.text_of(self.poll, [v for v in self.variants() if v.region.name == "2.1"])
        mistake = self.root / "02_epoll_module/mistakes/2.1-a_mistake.cpp"
        self.assertIn(f'#line 8 "{mistake}"\n  return 7;\n}} else', text)
        self.assertIn(f'#line 7 "{self.poll}"\n  const int made = 1;\n  return made;\n}}\n'
                      f'#line 9 "{self.poll}"\n  // #endregion 2.1', text)

    def test_a_file_holds_the_variants_of_all_its_regions(self):
        text = mutant_builds.text_of(self.poll, [v for v in self.variants() if v.region.file == self.poll])
        for name in ("2.1", "2.10", "2.1-a_mistake"):
            self.assertEqual(text.count(f"// {name}\n"), 1, name)

    def test_a_process_gets_its_variant(self):
        hole = holes.all_holes()[0]
        self.assertEqual(mutant_builds.Schemata.chosen(hole)[mutant_builds.CHOICE], str(hole.number))

    def test_what_has_not_changed_is_not_written_again(self):
        variants = self.variants()
        built = mutant_builds.Schemata("v", "address", variants, self.root)
        copy = built.overlay(self.stage) / "src/poll.cpp"
        before = copy.stat().st_mtime_ns
        mutant_builds.Schemata("v", "address", variants, self.root)
        self.assertEqual(copy.stat().st_mtime_ns, before)
        mutant_builds.Schemata("v", "address", [v for v in variants if v.region.file != self.poll],
                          self.root)
        self.assertEqual(copy.read_text(), self.poll.read_text())

    # One that came later would be on the include path before the reference's, and no build would notice.
    def test_every_file_of_the_library_is_there_from_the_start(self):
        header = self.write("02_epoll_module/include/epoll/other.hpp", "#pragma once\n")
        copy = mutant_builds.Schemata("v", "address", [], self.root).overlay(self.stage)
        self.assertEqual((copy / "include/epoll/other.hpp").read_text(), "#pragma once\n")
        header.unlink()
        mutant_builds.Schemata("v", "address", [], self.root)
        self.assertFalse((copy / "include/epoll/other.hpp").exists())

    def test_two_names_with_one_number_are_refused(self):
        one = holes.all_holes()[0]
        with mock.patch.object(mutant_builds.Variant, "number", 7), \
                self.assertRaisesRegex(Failure, "the same number"):
            mutant_builds.Schemata("v", "address", [one, dataclasses.replace(one, name="x")], self.root)


class Sandboxes(StageTest):
    def test_the_reference_is_back_after_a_variant_however_it_ends(self):
        shop = sandbox.Sandbox(root=self.root)
        copy = shop.copy_of(self.poll)
        self.assertEqual(copy.read_text(), POLL)
        with self.assertRaises(ZeroDivisionError), shop.variant(self.poll, "other"):
            self.assertEqual(copy.read_text(), "other")
            raise ZeroDivisionError
        self.assertEqual(copy.read_text(), POLL)

    def test_a_body_in_a_header_may_be_for_the_tests_only(self):
        header = self.stage.folder / "include/epoll/poll.hpp"
        shop = sandbox.Sandbox(root=self.root)
        copies = shop.judged_copy_of(header), shop.copy_of(header)
        for only, library in ((True, HEADER), (False, "other")):
            with shop.variant(header, "other", in_tests_only=only):
                self.assertEqual([copy.read_text() for copy in copies], ["other", library])
            self.assertEqual([copy.read_text() for copy in copies], [HEADER, HEADER])

    def test_files_of_yesterday_are_swept_out(self):
        shop = sandbox.Sandbox(root=self.root)
        stray = shop.overlay(self.stage) / "src/gone.cpp"
        stray.write_text("")
        sandbox.Sandbox(root=self.root)
        self.assertFalse(stray.exists())


class GoogleTests(StageTest):
    LISTED = """\
Running main() from ./googletest/src/gtest_main.cc
Poll.
  adding_twice_is_eexist
Splits/SplitTest.
  gives_the_same/0  # GetParam() = 1
  gives_the_same/1  # GetParam() = two words
Typed/0.  # TypeParam = int
  holds
"""

    def test_names_are_those_of_ctest(self):
        tests = gtests.listed(self.LISTED, "02", self.root)
        self.assertEqual([test.name for test in tests], [
            "02.Poll.adding_twice_is_eexist", "02.Splits/SplitTest.gives_the_same/1",
            "02.Splits/SplitTest.gives_the_same/two words", "02.Typed.holds<int>"])
        self.assertEqual(tests[2].filter, "Splits/SplitTest.gives_the_same/1")

    def test_a_test_is_found_by_its_declaration(self):
        for name in ("02.OtherTest.is_there", "02.All/OtherTest.is_there/3", "02.OtherTest.is_there<int>"):
            self.assertEqual(gtests.declared_in(self.stage, name).name, "other_test.cpp")
        self.assertIsNone(gtests.declared_in(self.stage, "02.OtherTest.is_not_there"))

    def test_a_test_that_is_a_coroutine_is_declared_as_well(self):
        self.write("02_epoll_module/tests/async_test.cpp", "ASYNC_TEST(Async, a) {}\nASYNC_TEST_F(Fixed, b) {}\n")
        for name in ("02.Async.a", "02.Fixed.b"):
            self.assertEqual(gtests.declared_in(self.stage, name).name, "async_test.cpp")
            self.assertIn(name, named_tests.written(self.root))

    def program(self, text: str) -> gtests.Test:
        file = self.write("program", f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return gtests.Test("02.A.b", "A.b", file)

    def test_the_verdicts(self):
        for text, limit, verdict in (("exit 0", 5, "passed"),
                                     ("echo '[  FAILED  ] A.b'; exit 1", 5, "failed"),
                                     ("echo sanitizer; exit 1", 5, "crashed"),
                                     ("kill -ABRT $$", 5, "crashed"),
                                     ("echo begun; exec sleep 50", 0.5, "hung")):
            outcome = gtests.run(self.program(text), limit)
            self.assertEqual((outcome.verdict, outcome.passed), (verdict, verdict == "passed"))
        self.assertIn("begun", outcome.output)


if __name__ == "__main__":
    unittest.main()
