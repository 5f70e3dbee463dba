"""A small workbook in a temporary folder, for tests."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from workbook import help_with, holes, mistakes, mutant_builds, sandbox, yours
from workbook.repository import find_stage, stages

POLL = """\
#include "epoll/poll.hpp"
#include "syscall/todo.hpp"

// #region whole-file
int make() {
  // #region 2.1 make
  const int made = 1;
  return made;
  // #endregion 2.1
}
// #endregion whole-file

struct Inner {
  // #region twice-whole
  int twice(int value) {
    // #region 2.10 twice
    return 2 * value;
    // #endregion 2.10
  }
  // #endregion twice-whole
};
"""

HEADER = """\
#pragma once
// #region 2.2 answer
inline int answer() { return 42; }
// #endregion 2.2
"""

CHAPTER = """\
# 02

<!-- quote: 02_epoll_module/src/poll.cpp#twice-whole -->
```cpp
int twice(int value) {
  return 2 * value;
}
```
<!-- end quote -->

### 2.1 make

In `src/poll.cpp`, judged by [`tests/poll_test.cpp`](../02_epoll_module/tests/poll_test.cpp). About 10 minutes.

<!-- hint 2.1 -->
<details><summary>Hint</summary>

Look at `made`.

</details>
<!-- end hint -->
### 2.2 answer

In `include/epoll/poll.hpp`, judged by [`tests/poll_test.cpp`](../02_epoll_module/tests/poll_test.cpp). About 10 minutes.

<!-- hint 2.2 -->
Six by nine.
<!-- end hint -->
### 2.10 twice

In `src/poll.cpp`, judged by [`tests/poll_test.cpp`](../02_epoll_module/tests/poll_test.cpp). About 10 minutes.

<!-- hint 2.10 -->
Once more.
<!-- end hint -->
"""

ANSWERS = """\
# Answers

<!-- quote: 02_epoll_module/src/poll.cpp#2.1 -->
```cpp
const int made = 1;
return made;
```
<!-- end quote -->

<!-- quote: 02_epoll_module/include/epoll/poll.hpp#2.2 -->
```cpp
inline int answer() { return 42; }
```
<!-- end quote -->

<!-- quote: 02_epoll_module/src/poll.cpp#2.10 -->
```cpp
return 2 * value;
```
<!-- end quote -->
"""


class TreeTest(unittest.TestCase):
    """Gives each test a fresh tree at self.root."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        self.write("01_syscall_macro/CMakeLists.txt", "")
        self.write("02_epoll_module/CMakeLists.txt", "add_library(epoll_workbook_epoll STATIC)\n")
        self.poll = self.write("02_epoll_module/src/poll.cpp", POLL)
        self.header = self.write("02_epoll_module/include/epoll/poll.hpp", HEADER)
        self.write("02_epoll_module/tests/poll_test.cpp", "TEST(Poll, is_made) {}\n")
        self.write("02_epoll_module/tests/other_test.cpp", "TEST_F(OtherTest, is_there) {}\n")
        self.chapter = self.write("docs/02_epoll_module.md", CHAPTER)
        self.answers = self.write("docs/answers.md", ANSWERS)
        self.write("docs/.vitepress/languages.mjs", "const groups = [\n]\n")

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


class StageTest(TreeTest):
    """The commands see this tree instead of the workbook itself."""

    def setUp(self) -> None:
        super().setUp()
        self.stage = find_stage("2", self.root)
        for module in (help_with, holes, mistakes, mutant_builds, sandbox, yours):
            patch = mock.patch.object(module, "stages", lambda root=None: stages(self.root))
            if hasattr(module, "stages"):
                patch.start()
                self.addCleanup(patch.stop)
        for module in (holes, yours):
            patch = mock.patch.object(module, "find_stage", lambda word: find_stage(word, self.root))
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(help_with.docs, "chapters",
                                  lambda stage: [self.root / "docs" / f"{stage.name}.md"])
        patch.start()
        self.addCleanup(patch.stop)

    def quietly(self, function, *arguments) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(function(list(arguments)), 0)
        return out.getvalue()

    def own(self) -> str:
        return (self.stage.yours / "src/poll.cpp").read_text()

    def write_own(self, text: str) -> None:
        (self.stage.yours / "src/poll.cpp").write_text(text)
