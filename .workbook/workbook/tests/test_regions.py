"""Regions: what is found, what is blanked, and what is refused."""

import unittest
from pathlib import Path

from workbook import regions
from workbook.regions import RegionError
from workbook.repository import find_stage

from .tree import POLL, TreeTest

FILE = Path("poll.cpp")


class Parse(unittest.TestCase):
    def refused(self, text: str, message: str) -> None:
        with self.assertRaises(RegionError) as caught:
            regions.parse(FILE, text)
        self.assertIn(message, str(caught.exception))

    def test_finds_numbered_and_named_ones_in_the_order_of_the_file(self):
        found = regions.parse(FILE, POLL)
        self.assertEqual([region.name for region in found], ["whole-file", "2.1", "twice-whole", "2.10"])
        self.assertEqual([region.numbered for region in found], [False, True, False, True])
        self.assertEqual(found[1].label, "2.1 make")
        self.assertEqual(found[3].indent, "    ")

    def test_a_number_sorts_as_a_number(self):
        found = {region.name: region for region in regions.parse(FILE, POLL)}
        self.assertLess(regions.parse(FILE, "// #region 2.9 a\n// #endregion 2.9")[0].order,
                        found["2.10"].order)

    def test_a_marker_may_name_its_judges(self):
        region = regions.parse(FILE, "// #region 3.4 limits @context_test\n// #endregion 3.4")[0]
        self.assertEqual((region.title, region.judges), ("limits", ("context_test",)))

    def test_a_marker_needs_a_line_of_its_own(self):
        self.assertEqual(regions.parse(FILE, 'text = "// #region 2.1 make";'), [])

    def test_an_unclosed_one_is_refused_with_its_line(self):
        self.refused("int a;\n// #region 2.1 make\n", "poll.cpp:2: region 2.1 is never closed")

    def test_a_second_one_of_the_same_name_is_refused(self):
        self.refused("// #region a\n// #endregion a\n// #region a\n// #endregion a",
                     "begins a second time")

    def test_the_same_one_inside_itself_is_refused(self):
        self.refused("// #region a\n// #region a\n// #endregion a\n// #endregion a",
                     "begins a second time")

    def test_an_end_without_a_beginning_is_refused(self):
        self.refused("// #endregion 2.1", "no region is open")

    def test_overlapping_ones_are_refused(self):
        self.refused("// #region a\n// #region b\n// #endregion a\n// #endregion b",
                     "region b is open")

    def test_an_exercise_inside_an_exercise_is_refused(self):
        self.refused("// #region 2.1 a\n// #region 2.2 b\n// #endregion 2.2\n// #endregion 2.1",
                     "stands inside 2.1")

    def test_an_exercise_without_a_title_is_refused(self):
        self.refused("// #region 2.1\n// #endregion 2.1", "has no title")

    def test_a_marker_without_a_name_is_refused(self):
        self.refused("// #region\n", "without a name")


class Blank(unittest.TestCase):
    def test_only_the_body_changes_and_keeps_the_indentation(self):
        blank = regions.blank(FILE, POLL, {"2.10"})
        self.assertEqual(blank, POLL.replace("    return 2 * value;\n",
                                             '    sys::todo("2.10 twice");\n'))

    def test_all_exercises_by_default_and_no_named_region(self):
        blank = regions.blank(FILE, POLL)
        self.assertIn('sys::todo("2.1 make");', blank)
        self.assertIn('sys::todo("2.10 twice");', blank)
        self.assertNotIn("const int made", blank)
        self.assertIn("// #region whole-file", blank)

    def test_a_blank_text_has_the_same_regions(self):
        self.assertEqual([region.label for region in regions.parse(FILE, regions.blank(FILE, POLL))],
                         [region.label for region in regions.parse(FILE, POLL)])

    def test_is_blank_distinguishes_code_from_comments_and_from_other_exercises(self):
        def blank(body: str) -> bool:
            text = f"// #region 2.1 make\n{body}\n// #endregion 2.1"
            return regions.is_blank(text, regions.parse(FILE, text)[0])

        self.assertTrue(blank('  sys::todo("2.1 make");'))
        self.assertTrue(blank('  if (x) return 1;\n  todo( "2.1 make" );'))
        self.assertFalse(blank("  return 1;"))
        self.assertFalse(blank('  return 1;  // was: sys::todo("2.1 make");'))
        self.assertFalse(blank('  sys::todo("2.10 twice");'))


class Exercises(TreeTest):
    def test_are_sorted_by_number_over_all_files(self):
        found = regions.exercises(find_stage("02", self.root))
        self.assertEqual([region.name for region in found], ["2.1", "2.2", "2.10"])

    def test_one_number_stands_once_in_a_stage(self):
        self.write("02_epoll_module/src/twin.cpp", "// #region 2.1 make\n// #endregion 2.1\n")
        with self.assertRaisesRegex(RegionError, "twin.cpp:1: exercise 2.1 stands in .*poll.cpp too"):
            regions.exercises(find_stage("02", self.root))

    def test_a_number_belongs_to_its_stage(self):
        self.write("02_epoll_module/src/lost.cpp", "// #region 3.1 make\n// #endregion 3.1\n")
        with self.assertRaisesRegex(RegionError, "exercise 3.1 stands in 02_epoll_module"):
            regions.exercises(find_stage("02", self.root))

    def test_an_example_holds_none(self):
        self.write("02_epoll_module/examples/a.cpp", "// #region 2.7 make\n// #endregion 2.7\n")
        with self.assertRaisesRegex(RegionError, "stands in an example"):
            regions.exercises(find_stage("02", self.root))


if __name__ == "__main__":
    unittest.main()
