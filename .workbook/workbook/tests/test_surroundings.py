"""The command on machines that are not as it wishes: each time one clear sentence, never a traceback."""

import contextlib
import errno
import io
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from workbook import __main__ as command
from workbook import building, help_with, repository, yours
from workbook.repository import ROOT, Failure

from .tree import StageTest


class Folders(unittest.TestCase):
    """A copy of the first stage and the command, in a folder of any name."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.parent = Path(folder.name).resolve()

    def copy(self, name: str) -> Path:
        root = self.parent / name
        for part in ("01_syscall_macro", ".workbook"):
            shutil.copytree(ROOT / part, root / part,
                            ignore=shutil.ignore_patterns("yours", "__pycache__", "build"))
        shutil.copy(ROOT / "workbook", root)
        for file in ("CMakeLists.txt", "CMakePresets.json"):
            shutil.copy(ROOT / file, root)
        return root

    def ask(self, root: Path, *words: str) -> tuple[int, str]:
        done = subprocess.run([str(root / "workbook"), *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertNotIn("Traceback", done.stdout)
        return done.returncode, done.stdout

    def test_any_name_will_do_for_what_builds_nothing(self):
        for name in ("a b", "a:b", "a;b", "a'b", 'a"b', "a$b", "a\\b", "a\nb", "-ab", "ä*[b]?"):
            with self.subTest(name):
                self.assertEqual(self.ask(self.copy(name), "list")[0], 0)

    def test_a_name_that_cmake_cannot_take_is_refused_in_a_sentence(self):
        for name, sign in (("a;b", "';'"), ('a"b', "'\"'"), ("a[b", "'['"), ("a\\b", "'\\\\\\\\'"),
                           ("a$(b)", "'..'")):
            with self.subTest(name), self.assertRaisesRegex(
                    Failure, f"^CMake cannot build in a folder whose name holds {sign.replace('[', chr(92)+'[')}"):
                building.refuse_odd_folder(self.parent / name)
        for name in ("a b", "a:b", "a'b", "a$b", "a#b", "a(b)", "ä"):
            building.refuse_odd_folder(self.parent / name)

    def test_a_build_folder_that_cannot_be_made(self):
        root = self.copy("plain")
        (root / "build").write_text("no folder")
        code, said = self.ask(root, "test", "01")
        self.assertEqual(code, 1)
        self.assertRegex(said, r"^workbook: .*/build.*: (File exists|Not a directory)\n$")

    def test_a_full_disk_behind_the_output(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([str(ROOT / "workbook"), "list"], stdin=subprocess.DEVNULL,
                                  stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^workbook: there is no space left on the disk[^\n]*\n$")


class Sentences(unittest.TestCase):
    def said_of(self, error: Exception) -> str:
        with mock.patch.object(command, "main", side_effect=error), \
                contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(command.start([]), 1)
        return said.getvalue()

    def test_where_nothing_may_be_written(self):
        for number in (errno.EROFS, errno.EACCES):
            said = self.said_of(OSError(number, os.strerror(number), "/w/build"))
            self.assertTrue(said.startswith(f"workbook: /w/build: {os.strerror(number)}. "), said)
            self.assertIn("cp -r", said)

    def test_where_there_is_no_space(self):
        self.assertIn("no space left", self.said_of(OSError(errno.ENOSPC, "x")))

    def test_any_other_error_of_the_system(self):
        self.assertEqual(self.said_of(OSError(errno.EIO, "Input/output error", "/w/a")),
                         "workbook: /w/a: Input/output error\n")

    def test_a_fault_of_the_command_is_reported_in_a_line(self):
        said = self.said_of(KeyError("x"))
        self.assertRegex(said, r"^workbook: a fault of this command itself: KeyError at \S+:\d+ [^\n]+\n$")


class WhatTheReaderWrote(StageTest):
    def full_disk(self):
        return mock.patch.object(Path, "write_text", side_effect=OSError(errno.ENOSPC, "full"))

    def test_outlives_a_full_disk(self):
        self.quietly(yours.start, "2")
        text = self.own().replace('sys::todo("2.1 make");', "return 5;")
        self.write_own(text)
        with self.full_disk(), self.assertRaises(OSError):
            help_with.reset(["2.1"])
        self.assertEqual(self.own(), text)
        self.assertEqual([file.name for file in (self.stage.yours / "src").iterdir()], ["poll.cpp"])

    def test_a_step_that_could_not_be_laid_is_not_started(self):
        with self.full_disk(), self.assertRaises(OSError):
            yours.start(["2"])
        self.assertFalse(yours.is_started(self.stage))

    def test_a_file_is_written_whole_and_keeps_its_mode(self):
        file = self.write("a", "old")
        file.chmod(0o600)
        repository.write_whole(file, "new")
        self.assertEqual((file.read_text(), file.stat().st_mode & 0o777), ("new", 0o600))


class Packages(unittest.TestCase):
    """The shell script, with a PATH on which only some programs are."""

    def ask(self, *words: str, programs: dict[str, str] = {}, hide: tuple[str, ...] = ()):
        """Exit code and words. `programs` are scripts that stand in for real ones."""
        with tempfile.TemporaryDirectory() as path:
            folder = Path(path)
            for name in ("sh", "cat", "dirname", "readlink", "id", "uname", "python3", "g++", "cmake",
                         "ninja", "curl", "nc", "strace", "node", "npm"):
                real = shutil.which(name)
                if name not in hide and name not in programs:
                    (folder / name).symlink_to(real or "/bin/true")
            for name, text in programs.items():
                (folder / name).write_text(f"#!/bin/sh\n{text}\n")
                (folder / name).chmod(0o755)
            done = subprocess.run([str(ROOT / "workbook"), *words], env={"PATH": path},
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            return done.returncode, done.stdout

    def test_are_named_as_the_distribution_calls_them(self):
        for manager, line in (
                ("dnf", "  dnf install python3 gcc-c++ libasan libubsan libtsan ninja-build curl\n"),
                ("pacman", "  pacman -S --needed python gcc ninja curl\n")):
            code, said = self.ask("check", programs={manager: "exit 9"},
                                  hide=("python3", "g++", "ninja", "curl"))
            self.assertEqual(code, 1)
            self.assertTrue(said.endswith(f"As root, run:\n{line}"), said)

    def test_no_known_package_manager(self):
        code, said = self.ask("test", hide=("python3", "cmake"))
        self.assertEqual(code, 1)
        self.assertEqual(said, "workbook: 'test' needs these packages, by the names that Debian and "
                         "Ubuntu give them, and there is no apt-get here to install them with: "
                         "python3 cmake\n")

    def test_the_lack_of_what_only_the_pages_use_stops_nothing(self):
        code, said = self.ask("start", "nonsense", hide=("strace", "nc"))
        self.assertEqual(code, 2)
        self.assertIn("the book's commands use these programs, too, which are not installed: "
                      "netcat-openbsd strace\n", said)
        self.assertIn("there is no stage 'nonsense'", said)

    def test_apt_get_installs_what_the_pages_use_with_the_rest(self):
        code, said = self.ask("run", "nonsense", hide=("nc", "strace", "g++"), programs={
            "apt-get": 'echo "apt-get $*"', "id": "echo 0"})
        self.assertEqual(code, 2)
        self.assertIn("apt-get install -y -qq --no-install-recommends g++ netcat-openbsd strace\n", said)

    def test_an_installation_that_fails(self):
        for hidden, expected in (("g++", 1), ("strace", 2)):
            code, said = self.ask("run", "nonsense", hide=(hidden,), programs={
                "apt-get": "exit 7", "id": "echo 0"})
            self.assertEqual(code, expected, said)
            self.assertIn("the installation failed", said)

    def test_another_system_is_referred_to_containers(self):
        code, said = self.ask("run", programs={"uname": "echo Darwin"})
        self.assertEqual(code, 1)
        self.assertIn("needs Linux", said)
        self.assertIn("docker run", said)


if __name__ == "__main__":
    unittest.main()
