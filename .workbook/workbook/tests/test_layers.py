"""Includes point downwards."""

import unittest

from workbook import layers
from workbook.repository import Failure

from .tree import TreeTest


class Layers(TreeTest):
    def setUp(self) -> None:
        super().setUp()
        self.write("01_syscall_macro/include/syscall/call.hpp", "#pragma once\n#include <cerrno>\n")
        self.header.write_text('#include "syscall/call.hpp"\n')
        self.poll.write_text('#include "epoll/poll.hpp"\n')

    def test_downwards_is_right(self):
        includes = layers.read(self.root)
        self.assertEqual(layers.upward(includes), [])
        self.assertEqual([[file.name for file in level] for level in layers.levels(includes)],
                         [["syscall/call.hpp"], ["epoll/poll.hpp"], ["poll.cpp"]])

    def test_an_earlier_step_includes_no_later_one(self):
        self.write("01_syscall_macro/src/call.cpp", '#include "epoll/poll.hpp"\n')
        [found] = layers.upward(layers.read(self.root))
        self.assertIn("01_syscall_macro/src/call.cpp includes epoll/poll.hpp", found)

    def test_a_circle_is_named(self):
        self.write("02_epoll_module/include/epoll/a.hpp", '#include "epoll/b.hpp"\n')
        self.write("02_epoll_module/include/epoll/b.hpp", '  #  include "epoll/a.hpp"\n')
        with self.assertRaisesRegex(Failure, "epoll/a.hpp -> epoll/b.hpp -> epoll/a.hpp"):
            layers.levels(layers.read(self.root))

    def test_folders_are_layers(self):
        self.write("05_async_runtime/CMakeLists.txt", "")
        self.write("05_async_runtime/include/async/core/task.hpp", '#include "async/io/stream.hpp"\n')
        self.write("05_async_runtime/include/async/io/stream.hpp", "")
        self.write("05_async_runtime/include/async/async.hpp", '#include "async/core/task.hpp"\n')
        self.write("05_async_runtime/src/io/stream.cpp", '#include "async/async.hpp"\n')
        found = layers.upward(layers.read(self.root))
        self.assertEqual([line.partition(", ")[0].rpartition("async_runtime/")[2] for line in found],
                         ["include/async/core/task.hpp includes async/io/stream.hpp",
                          "src/io/stream.cpp includes async/async.hpp"])

    def test_a_drawing_has_the_highest_level_of_each_step_first(self):
        self.write("02_epoll_module/include/epoll/event.hpp", "")
        self.header.write_text('#include "syscall/call.hpp"\n#include "epoll/event.hpp"\n')
        self.assertEqual(layers.draw(layers.read(self.root)),
                         "01_syscall_macro\n  0  call\n02_epoll_module\n  1  poll\n  0  event")


if __name__ == "__main__":
    unittest.main()
