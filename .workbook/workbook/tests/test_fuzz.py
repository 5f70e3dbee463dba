"""The fuzz targets, and what is read from a fuzzer's output."""

import unittest

from workbook import fuzz
from workbook.repository import Failure


class Targets(unittest.TestCase):
    def test_each_has_a_small_corpus(self):
        for target in fuzz.targets():
            sizes = [file.stat().st_size for file in target.corpus.iterdir()]
            self.assertGreater(len(sizes), 10, target.name)
            self.assertLessEqual(max(sizes), 1024, target.name)
            self.assertLess(sum(sizes), 100_000, target.name)

    def test_one_that_is_not_there_is_an_error_that_lists_those_that_are(self):
        with self.assertRaisesRegex(Failure, "no target 'nothing'.*request"):
            fuzz.chosen(["nothing"])


class Outputs(unittest.TestCase):
    def test_a_crash_is_found_in_what_was_printed(self):
        printed = "differs: an answer\n...; Test unit written to /x/request-crash-1\nBase64: "
        outcome = fuzz.Outcome(fuzz.targets()[0], 1, 1, printed)
        self.assertEqual(outcome.crashes, ["/x/request-crash-1"])

    def test_the_sources_that_are_counted_are_there(self):
        names = {file.stem for file in fuzz.parser_files() if file.suffix == ".cpp"}
        wanted = {name for names in fuzz.PARSERS.values() for name in names.split()}
        self.assertEqual(names, wanted)


if __name__ == "__main__":
    unittest.main()
