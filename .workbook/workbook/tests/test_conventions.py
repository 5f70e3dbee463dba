"""What CMake makes of the conventions, in a project of one file; and what `.ci/run` is asked."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from workbook.repository import ROOT

RECIPE = f"""\
cmake_minimum_required(VERSION 3.25)
project(one LANGUAGES CXX)
include({ROOT}/.workbook/cmake/workbook.cmake)
workbook_library(one)
"""


class Warnings(unittest.TestCase):
    def compile_command(self, *options: str) -> str:
        with tempfile.TemporaryDirectory() as path:
            folder = Path(path)
            (folder / "src").mkdir()
            (folder / "CMakeLists.txt").write_text(RECIPE)
            (folder / "src/one.cpp").write_text("int one() { return 1; }\n")
            done = subprocess.run(["cmake", "-S", path, "-B", f"{path}/build", *options],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual(done.returncode, 0, done.stdout)
            return json.loads((folder / "build/compile_commands.json").read_text())[0]["command"]

    def test_end_a_build_only_where_that_is_asked_for(self):
        plain = self.compile_command()
        self.assertIn("-Wall", plain)
        self.assertNotIn("-Werror", plain)
        self.assertIn("-Werror", self.compile_command("-DWORKBOOK_WARNINGS_AS_ERRORS=ON"))

    def test_end_the_builds_of_every_preset(self):
        presets = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
        base = presets[0]
        self.assertEqual(base["cacheVariables"]["WORKBOOK_WARNINGS_AS_ERRORS"], "ON")
        for preset in presets[1:]:
            self.assertEqual(preset["inherits"], base["name"])
            self.assertNotIn("WORKBOOK_WARNINGS_AS_ERRORS", preset["cacheVariables"])


class Checks(unittest.TestCase):
    def test_a_section_that_is_not_there_is_an_error_that_lists_those_that_are(self):
        for words in (["nonsense"], ["tools", "nonsense"], ["tool"], [""]):
            done = subprocess.run([str(ROOT / ".ci/run"), *words], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(f'there is no section "{words[-1]}"', done.stderr)
            self.assertIn("holes mistakes", done.stderr)

    def test_what_is_not_there_is_never_passed_by_doing_nothing(self):
        for words in (("./workbook", "mistakes", "no.region"), ("./workbook", "mistakes", "9.9"),
                      ("./workbook", "holes", "9.9"), ("./workbook", "traps", "9.9"),
                      ("./workbook", "mutants", "01", "no_file.cpp"), ("./workbook", "check", "9"),
                      ("python3", "-m", "workbook.commands_check", "no_page.md"),
                      ("python3", "-m", "workbook.coroutine_rules", "no_file.cpp")):
            done = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True,
                                  env=os.environ | {"PYTHONPATH": ".workbook"})
            self.assertNotEqual(done.returncode, 0, words)
            self.assertRegex(done.stderr, r"^\w+: (there is no|\w+ has no file) ", words)


if __name__ == "__main__":
    unittest.main()
