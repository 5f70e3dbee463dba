"""What CMake makes of the conventions, in a project of one file; and what `.ci/run` is asked."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from workbook.repository import ROOT

RECIPE = f"""\
cmake_minimum_required(VERSION 3.25)
project(one LANGUAGES CXX)
include({ROOT}/.workbook/cmake/common.cmake)
add_library(one src/one.cpp)
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
            return json.loads((folder / "build/compile_commands.json").read_text())[-1]["command"]

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


class Overlays(unittest.TestCase):
    def configure(self, overlay: Path) -> tuple[int, str]:
        done = subprocess.run(
            ["cmake", "-S", str(ROOT / "01_syscall_macro"), "-B", str(overlay.parent / "build"),
             "-D", "BUILD_TESTING=OFF", "-D", "CMAKE_UNITY_BUILD=OFF",
             "-D", f"CMAKE_PROJECT_TOP_LEVEL_INCLUDES={ROOT}/.workbook/cmake/overlay.cmake",
             "-D", f"WORKBOOK_OVERLAY_01_syscall_macro={overlay}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, " ".join(done.stdout.split())

    def overlay_with(self, *files: str) -> Path:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        overlay = Path(folder.name) / "overlay"
        for file in files:
            (overlay / file).parent.mkdir(parents=True, exist_ok=True)
            (overlay / file).write_text("")
        return overlay

    def test_a_source_stands_in_for_the_reference_and_its_headers_are_found_first(self):
        overlay = self.overlay_with("src/observer.cpp", "include/syscall/call.hpp")
        code, said = self.configure(overlay)
        self.assertEqual(code, 0, said)
        commands = json.loads((overlay.parent / "build/compile_commands.json").read_text())
        sources = {command["file"]: command["command"] for command in commands}
        self.assertNotIn(str(ROOT / "01_syscall_macro/src/observer.cpp"), sources)
        self.assertIn(str(ROOT / "01_syscall_macro/src/open_descriptors.cpp"), sources)
        for source in ("src/observer.cpp", ROOT / "01_syscall_macro/examples/count_calls.cpp"):
            command = sources[str(overlay / source)]
            self.assertLess(command.index(f"-I{overlay}/include"),
                            command.index(f"-I{ROOT}/01_syscall_macro/include"))

    def test_a_file_that_is_missing_or_strange_is_refused(self):
        overlay = self.overlay_with("src/observer.cpp")
        (overlay / "overlay.list").write_text("src/open_descriptors.cpp\n")
        code, said = self.configure(overlay)
        self.assertNotEqual(code, 0)
        self.assertIn("src/open_descriptors.cpp is missing", said)
        code, said = self.configure(self.overlay_with("src/other.cpp"))
        self.assertNotEqual(code, 0)
        self.assertIn("stands in for nothing", said)
        code, said = self.configure(self.overlay_with())
        self.assertNotEqual(code, 0)
        self.assertIn("there is no folder", said)


class Steps(unittest.TestCase):
    def test_one_that_was_copied_away_alone_says_what_it_needs(self):
        with tempfile.TemporaryDirectory() as path:
            shutil.copytree(ROOT / "02_epoll_module", f"{path}/02_epoll_module",
                            ignore=shutil.ignore_patterns("yours", "build"))
            done = subprocess.run(["cmake", "-S", f"{path}/02_epoll_module", "-B", f"{path}/build"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("02_epoll_module needs these folders of the repository beside it: .workbook and "
                      "01_syscall_macro.", " ".join(done.stdout.split()))


class Checks(unittest.TestCase):
    def test_a_section_that_is_not_there_is_an_error_that_lists_those_that_are(self):
        for words in (["nonsense"], ["tools", "nonsense"], ["tool"], [""]):
            done = subprocess.run([str(ROOT / ".ci/run"), *words], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(f'there is no section "{words[-1]}"', done.stderr)
            self.assertIn("holes judged mistakes", done.stderr)

    def test_what_is_not_there_is_never_passed_by_doing_nothing(self):
        for words in (("./workbook", "mistakes", "no.region"), ("./workbook", "mistakes", "9.9"),
                      ("./workbook", "holes", "9.9"), ("./workbook", "traps", "9.9"),
                      ("./workbook", "mutants", "01", "no_file.cpp"), ("./workbook", "fuzz", "nothing"),
                      ("./workbook", "check", "9"),
                      ("python3", "-m", "workbook.commands_check", "no_page.md"),
                      ("python3", "-m", "workbook.coroutine_rules", "no_file.cpp")):
            done = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True,
                                  env=os.environ | {"PYTHONPATH": ".workbook"})
            self.assertNotEqual(done.returncode, 0, words)
            self.assertRegex(done.stderr, r"^\w+: (there is no|\w+ has no file) ", words)


if __name__ == "__main__":
    unittest.main()
