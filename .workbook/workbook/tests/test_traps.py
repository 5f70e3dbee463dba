"""Traps, and the search for the exercise when only the whole fails: all without a compiler."""

import contextlib
import io
from pathlib import Path
from unittest import main, mock

from workbook import check, gtests, mutants, regions, suspects, traps, stage_build, sandbox, yours

from .tree import POLL, StageTest

MISTAKE = "// breaks: a\n// caught by: 02.Poll.is_made\n// seen in: b\n// symptom: c\n\n  return 7;\n"


class Bodies(StageTest):
    def candidates(self) -> list[traps.Candidate]:
        return traps.candidates(self.stage, regions.exercises(self.stage))

    def test_are_the_mistakes_and_the_changes_inside_of_an_exercise(self):
        self.poll.write_text(POLL.replace("  return made;", "  count(made);\n  return made;")
                             .replace("int make() {", "int make() {\n  first();"))
        self.write("02_epoll_module/mistakes/2.1-seven.cpp", MISTAKE)
        found = {(one.region.name, one.mutant.what, one.mutant.old) for one in self.candidates()}
        self.assertEqual(found, {
            ("2.1", "`1` to `0`", "1"), ("2.1", "left out", "count(made);"),
            ("2.1", "the mistake", "2.1-seven"), ("2.10", "`2` to `3`", "2"),
            ("2.10", "`*` to `/`", "*"), ("2.2", "`42` to `43`", "42")})

    def test_a_mistake_is_the_whole_function_with_another_body(self):
        self.write("02_epoll_module/mistakes/2.1-seven.cpp", MISTAKE)
        [mutant] = [one.mutant for one in self.candidates() if one.mutant.what == "the mistake"]
        self.assertEqual(mutant.body, "\n  // #region 2.1 make\n  return 7;\n  // #endregion 2.1\n")

    def examined(self, failing: dict[str, int]) -> traps.Finding | None:
        """`failing`: how often each of these tests fails."""
        candidate = next(one for one in self.candidates() if one.region.name == "2.1")
        library = mutants.Library(self.stage, [candidate.mutant], self.root)
        for name, target in (("02.Other.a", "02_other_test"), ("02.Poll.b", "02_poll_test")):
            library.reaching[0].append(gtests.Test(name, name[3:], Path(target)))
            library.took[name] = 0.1
        left = dict(failing)

        def run(test, limit, environment):
            left[test.name] = left.get(test.name, 0) - 1
            return gtests.Outcome(test.name, "failed" if left[test.name] >= 0 else "passed", "")

        with mock.patch.object(gtests, "run", run):
            return traps.examine(library, candidate)

    def test_what_a_judge_notices_is_no_trap(self):
        self.assertIsNone(self.examined({"02.Poll.b": 1, "02.Other.a": 2}))

    def test_what_passes_the_whole_step_is_no_trap(self):
        self.assertIsNone(self.examined({}))

    def test_what_only_another_test_notices_is_one(self):
        self.assertEqual(self.examined({"02.Other.a": 2}).test, "02.Other.a")

    def test_a_test_that_fails_once_shows_nothing(self):
        self.assertIsNone(self.examined({"02.Other.a": 1}))


class OnlyTheWholeFails(StageTest):
    def setUp(self) -> None:
        super().setUp()
        self.quietly(yours.start, "2")
        self.write_own(POLL.replace("return made;", "return made + bad();"))
        (self.stage.yours / "include/epoll/poll.hpp").write_text(self.header.read_text())
        self.failed = [gtests.Outcome("02.Poll.is_made", "failed", "a.cpp:1: Failure\nno"),
                       gtests.Outcome("02.OtherTest.is_there", "hung", "")]

    def find(self, fails_with: str) -> list[suspects.Suspect]:
        """What is found if every text fails in which these words stand."""
        self.trials = []

        def in_sandboxes(items, work):
            self.trials += items
            return [fails_with in item.text for item in items]

        with mock.patch.object(suspects, "in_sandboxes", in_sandboxes):
            return suspects.find(self.stage, yours.load(self.stage).values(), self.failed)

    def test_the_exercise_is_found(self):
        [found] = self.find("bad()")
        self.assertEqual((found.path.name, found.region.name), ("poll.cpp", "2.1"))
        self.assertEqual([(trial.target, trial.names) for trial in self.trials],
                         [("02_poll_test", ("02.Poll.is_made",))] * 2)

    def test_what_stands_outside_of_exercises_is_found(self):
        self.write_own(POLL.replace("struct Inner", "struct Outer"))
        [found] = self.find("struct Outer")
        self.assertIsNone(found.region)

    def test_nothing_is_found_where_no_file_is_enough(self):
        self.assertEqual(self.find("nothing of the kind"), [])

    def test_the_report_names_all_tests_the_log_and_the_exercise(self):
        region = next(r for r in regions.exercises(self.stage) if r.name == "2.1")
        suspect = suspects.Suspect(self.stage.yours / "src/poll.cpp", region)
        (self.root / "build/yours").mkdir(parents=True)
        with mock.patch.object(suspects, "find", lambda *_: [suspect]), \
                mock.patch.object(check, "stages", lambda: [self.stage]), \
                mock.patch.object(stage_build, "FOLDER", self.root / "build/yours"), \
                contextlib.redirect_stdout(io.StringIO()) as said:
            check.show_failed(self.stage, {self.stage.name: self.stage.yours}, self.failed)
        text = said.getvalue()
        for words in ("Poll: is made  (fails)", "OtherTest: is there  (is not done in 60 s)",
                      "a.cpp:1: Failure", "Likely: 2.1 make", "./workbook hint 2.1", "whole-02.log"):
            self.assertIn(words, text)
        log = (self.root / "build/yours/whole-02.log").read_text()
        self.assertIn("==== 02.OtherTest.is_there hung", log)

    def test_a_trial_runs_the_tests_that_failed(self):
        trial = suspects.Trial(self.stage, self.poll, "text", ("02.Poll.is_made",), "02_poll_test")
        shop = sandbox.Sandbox(root=self.root)
        asked = []

        def run(test, limit):
            asked.append(test.name)
            return gtests.Outcome(test.name, "failed", "")

        tests = [gtests.Test(name, name[3:], Path("x")) for name in ("02.Poll.a", "02.Poll.is_made")]
        for built, expected in ((True, True), (False, False)):
            with mock.patch.object(shop, "prepare"), mock.patch.object(shop, "build", lambda *_: (built, "")), \
                    mock.patch.object(gtests, "discover", lambda *_: tests), \
                    mock.patch.object(gtests, "run", run):
                self.assertEqual(suspects.failing(shop, trial, 1), expected)
        self.assertEqual(asked, ["02.Poll.is_made"])


if __name__ == "__main__":
    main()
