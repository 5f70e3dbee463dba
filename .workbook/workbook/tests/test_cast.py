"""The recorded walk: what it shows is what a reader would see."""

import json
import unittest
from unittest import mock

from workbook import cast
from workbook.repository import ROOT

from .tree import TreeTest


class Recording(unittest.TestCase):
    def test_it_shows_what_is_there(self):
        self.assertEqual(cast.complaints(), [])

    def test_it_plays_in_less_than_a_minute_and_its_time_runs_forwards(self):
        head, *events = map(json.loads, cast.recording(ROOT).read_text().splitlines())
        self.assertEqual((head["version"], head["width"]), (2, cast.COLUMNS))
        times = [at for at, kind, _ in events if kind == "o"]
        self.assertEqual(times, sorted(times))
        self.assertLess(times[-1], 45)

    def complaint(self, **changed) -> str:
        with mock.patch.multiple(cast, **changed):
            return "\n".join(cast.complaints())

    def test_other_commands_than_the_recorded_ones_are_named(self):
        self.assertIn("walk.cast does not show `./workbook run`; `./workbook docs --cast` records it again",
                      self.complaint(WALK=(*cast.WALK, ("./workbook run", "", 1))))

    def test_another_milestone_is_named(self):
        self.assertIn("a milestone that the chapter does not name", self.complaint(MILESTONE="./workbook run x"))

    def test_a_test_that_has_gone_is_named(self):
        with mock.patch.object(cast.named_tests, "written", lambda root: set()):
            self.assertIn("a test that there is not, Call.minus_one", "\n".join(cast.complaints()))


class Changed(TreeTest):
    """A recording beside other sources than those that it was made from."""

    def setUp(self):
        super().setUp()
        self.events = [(0.0, "$ "), (1.0, "one\r\ntw\rTwo\r\n")]
        self.write("01_syscall_macro/include/syscall/call.hpp",
                   "// #region 1.1 other\nreturn 1;\n// #endregion 1.1\n")
        patch = mock.patch.object(cast.milestones, "of", lambda stage: [])  # reads the chapters that there are
        patch.start()
        self.addCleanup(patch.stop)

    def complaints(self) -> str:
        lines = ['{"version": 2}', *(json.dumps([at, "o", piece]) for at, piece in self.events)]
        file = self.write("docs/figures/walk.cast", "\n".join(lines) + "\n")
        file.with_suffix(".svg").write_text(cast.drawing(self.events))
        return "\n".join(cast.complaints(self.root))

    def test_an_exercise_of_other_words_or_number_is_named(self):
        found = self.complaints()
        self.assertIn("walk.cast does not show the blank exercise", found)
        self.assertIn("walk.cast does not show 0 exercises", found)
        self.events.append((2.0, '// #region 1.1 other\r\nsys::todo("1.1 other");\r\n// #endregion 1.1\r\n'
                                 "0 of 1 right"))
        found = self.complaints()
        self.assertNotIn("shows the answer of 1.1", found)
        self.assertNotIn("the blank exercise", found)
        self.assertNotIn("does not show 0 exercises", found)
        self.events.append((3.0, "  return 1;"))
        self.assertIn("shows the answer of 1.1", self.complaints())

    def test_a_drawing_of_another_recording_is_named(self):
        self.assertNotIn("its drawing", self.complaints())
        self.write("docs/figures/walk.svg", "<svg/>")
        self.assertIn("is not what its drawing shows", "\n".join(cast.complaints(self.root)))

    def test_what_this_machine_alone_knows_is_named(self):
        for text in ("/tmp/walk/01/a.cpp:7: Failure", "In /home/me:", "'/opt/x'", "me@here:~$ "):
            self.events[1] = (1.0, text)
            self.assertIn("which this machine alone knows", self.complaints(), text)
        for text in ("docs/a.md", "build/x/y", "s/a.*/return 1;/' $call", "nc 127.0.0.1 8000 > /dev/null"):
            self.events[1] = (1.0, text)
            self.assertNotIn("which this machine alone knows", self.complaints(), text)

    def test_lines_are_what_a_terminal_shows_in_the_end(self):
        wide = "x" * (cast.COLUMNS + 2)
        lines, grown = cast.lines_of([(0.0, "$ a\r\n"), (1.0, "half\x1b[K"), (2.0, "\rdone\x1b[K\r\n"), (3.0, wide)])
        self.assertEqual(lines, ["$ a", "done", "x" * cast.COLUMNS, "xx"])
        self.assertEqual(grown, [(0.0, 1), (0.0, 2), (2.0, 3), (3.0, 4)])
        self.assertEqual(cast.lines_of([(0.0, "longer\rab\x1b[Kc")])[0], ["abc"])


