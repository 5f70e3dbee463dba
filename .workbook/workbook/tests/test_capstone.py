"""The capstone's file is the reader's; a failure says what was seen; the stages and their page agree."""

import subprocess
import unittest
from unittest import mock

from workbook import book, capstone, capstone_rig, capstone_stages, links, yours
from workbook.repository import ROOT, Failure

from .tree import StageTest


class OwnFile(StageTest):
    def setUp(self) -> None:
        super().setUp()
        self.own_file = self.stage.yours / "capstone/kv_server.cpp"
        patch = mock.patch.object(capstone, "OWN", self.own_file)
        patch.start()
        self.addCleanup(patch.stop)

    def test_is_laid_once_and_never_overwritten(self):
        self.assertIn("is yours", self.quietly(capstone.run))
        self.assertEqual(self.own_file.read_text(), capstone.BLANK.read_text())
        self.own_file.write_text("int main() {}\n")
        with self.assertRaises(FileExistsError):
            capstone.lay()
        self.assertEqual(self.own_file.read_text(), "int main() {}\n")

    def test_neither_starts_a_stage_nor_is_lost_when_a_start_fails(self):
        self.quietly(capstone.run)
        self.assertFalse(yours.is_started(self.stage))
        with mock.patch.object(yours, "write_list", side_effect=OSError("a full disk")):
            with self.assertRaises(OSError):
                yours.start(["2"])
        self.assertEqual([file.name for file in self.stage.yours.iterdir()], ["capstone"])
        self.assertTrue(self.own_file.exists())
        self.quietly(yours.start, "2")
        self.assertTrue(yours.is_started(self.stage))

    def test_a_stage_that_is_not_there_is_refused(self):
        for words in (["0"], ["13"], ["x"], ["1", "2"], ["--all-mine", "--sanitize"]):
            with self.assertRaisesRegex(Failure, "usage"):
                capstone.run(words)


class Report(unittest.TestCase):

    def crash_with(self, last_words: str) -> dict[str, str]:
        def crash(_, **options) -> subprocess.Popen:
            return subprocess.Popen(["sh", "-c", 'printf "%s" "$0"; kill -SEGV $$', last_words], **options)

        with mock.patch.object(capstone_rig.processes, "start", crash):
            with self.assertRaises(capstone_rig.Wrong) as caught:
                capstone_rig.Server("kv_server").__enter__()
        return dict(caught.exception.lines)

    def test_a_program_that_ends_is_told_with_its_last_words(self):
        lines = self.crash_with("x" * 5000 + "\nno\n")
        self.assertIn("(SIGSEGV). It wrote:\nxxx", lines["the server"])
        self.assertTrue(lines["the server"].endswith("x\nno"))
        self.assertLess(len(lines["the server"]), 2000)

    def test_of_what_a_sanitizer_reports_the_beginning_is_told(self):
        lines = self.crash_with("before\n==1==ERROR: AddressSanitizer: heap-use-after-free\n" + "x" * 5000)
        self.assertIn("It wrote:\n==1==ERROR: AddressSanitizer: heap-use-after-free\nxxx",
                      lines["the server"])

    def test_bytes_are_shown_on_one_line_and_shortened(self):
        self.assertEqual(capstone_rig.shown(b"+OK\r\n"), r"+OK\r\n")
        self.assertEqual(capstone_rig.shown(b""), "nothing")
        self.assertTrue(capstone_rig.shown(b"x" * 70_000).endswith("x ... (70,000 bytes in all)"))


class Page(unittest.TestCase):
    def test_each_stage_helps_with_a_page_that_exists(self):
        for stage in capstone_stages.STAGES:
            for place in stage.helps:
                name, _, anchor = place.partition("#")
                file = ROOT / "docs" / name
                self.assertTrue(file.is_file(), place)
                if anchor:
                    self.assertIn(anchor, links.anchors(book.read(file)), place)

    def test_the_page_has_a_heading_for_each_stage(self):
        page = (ROOT / "docs/capstone.md").read_text(encoding="utf-8")
        for number, stage in enumerate(capstone_stages.STAGES, start=1):
            self.assertIn(f"\n### Stage {number}: {stage.title}\n", page)


if __name__ == "__main__":
    unittest.main()
