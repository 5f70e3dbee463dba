"""Where things stand: the stages, their programs and sources, and the build folders."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Failure(Exception):
    """Ends a command with a message for the reader and an exit code.

    2 means that the command was asked wrongly, 1 that what was asked for did not succeed.
    """

    def __init__(self, message: str, code: int = 2):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Stage:
    """One of the numbered folders: `02_epoll_module` is number 2, prefix "02"."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def prefix(self) -> str:
        return self.name[:2]

    @property
    def number(self) -> int:
        return int(self.prefix)

    @property
    def yours(self) -> Path:
        return self.folder / "yours"

    def files(self, *folders: str) -> list[Path]:
        """All C++ files below these folders of the stage, sorted."""
        found = []
        for folder in folders:
            for pattern in ("*.cpp", "*.hpp"):
                found += (self.folder / folder).rglob(pattern)
        return sorted(found)

    def sources(self) -> list[Path]:
        """What may hold exercises: the library, and what the example programs are made of."""
        return self.files("include", "src", "examples/support")

    def programs(self) -> list[Path]:
        """The sources of the programs; each becomes a program of the file's name."""
        return [file for pattern in ("examples/*.cpp", "examples/tiny/*.cpp", "benchmarks/*.cpp")
                for file in sorted(self.folder.glob(pattern))]

    def library_target(self) -> str:
        """The CMake target of the stage's library."""
        recipe = (self.folder / "CMakeLists.txt").read_text(encoding="utf-8")
        made = re.search(r"^add_library\((epoll_workbook_\w+)", recipe, re.MULTILINE)
        if not made:
            raise Failure(f"{self.name}/CMakeLists.txt makes no library epoll_workbook_...", code=1)
        return made[1]

    def tests_target(self) -> str:
        """The CMake target of all of the stage's tests."""
        return f"{self.prefix}_tests"

    def test_targets(self) -> list[str]:
        """The tests of one file each, as targets of a build with overlays: tests/poll_test.cpp is
        02_poll_test. It is built in a few seconds, where all tests would take a minute."""
        return [f"{self.prefix}_{file.stem}" for file in sorted(self.folder.glob("tests/*_test.cpp"))]


def stages(root: Path = ROOT) -> list[Stage]:
    """The stages that exist, in order. A stage is a numbered folder with a CMakeLists.txt."""
    return [Stage(folder) for folder in sorted(root.glob("0[1-9]_*"))
            if (folder / "CMakeLists.txt").is_file()]


def find_stage(word: str, root: Path = ROOT) -> Stage:
    """The stage that `word` means: 02_epoll_module, 02, 2, or an unambiguous part of the name."""
    every = stages(root)
    word = word.rstrip("/")
    for stage in every:
        if word in (stage.name, stage.prefix, str(stage.number)):
            return stage
    partly = [stage for stage in every if word and word in stage.name]
    if len(partly) == 1:
        return partly[0]
    names = ", ".join(stage.name for stage in every)
    raise Failure(f"there is no stage '{word}'. The stages are: {names}")


def find_program(name: str, root: Path = ROOT) -> Path | None:
    """The source of a program, or None."""
    for stage in stages(root):
        for file in stage.programs():
            if file.stem == name:
                return file
    return None


def first_sentence(file: Path) -> str:
    """What a source file says about itself: the first sentence of its first comment."""
    words = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("//"):
            break
        text = line.removeprefix("//").strip()
        if not text and words:
            break
        words.append(text)
    text = " ".join(words)
    sentence = re.match(r"(.+?)[.:;](\s|$)", text)
    return sentence.group(1) if sentence else text


def write_whole(file: Path, text: str) -> None:
    """Writes a file whole or not at all, whatever the disk says and whenever Ctrl-C comes."""
    file = file.resolve()  # where it leads, if it is a link
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        if file.exists():
            fresh.chmod(file.stat().st_mode & 0o777)
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def relative(path: Path, root: Path = ROOT) -> str:
    """A path as the reader would type it from the top of the workbook."""
    try:
        return str(path.relative_to(root))
    except ValueError:
        return str(path)
