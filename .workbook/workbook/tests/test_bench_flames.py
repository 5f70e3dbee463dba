"""From the samples of perf to a flame graph."""

import unittest
from pathlib import Path

from workbook import bench_flames
from workbook.tests.test_bench_profile import SAID

STACKS = "main;a;b 3\nmain;a;read_[k] 5\nmain;z 1\nmain;z;tiny 1\n"


class Flames(unittest.TestCase):
    def test_a_name_is_shown_without_parameters_and_template_arguments(self):
        for name, short in (("http::MessageParser::feed(std::span<std::byte>)", "http::MessageParser::feed"),
                            ("(anonymous namespace)::Worker::run()", "Worker::run"),
                            ("void async::Waiter::begin<std::vector<int> >(int)", "async::Waiter::begin"),
                            ("_ZN5async7LimitedINS_11IoOpe", "async::Limited"),
                            ("async::f()::{lambda(auto:1)#1}::operator()<int>(int) const", "async::f"),
                            ("__send", "__send")):
            self.assertEqual(bench_flames.short(name), short)

    def test_a_stack_goes_from_main_to_the_tenth_function_of_the_kernel(self):
        deep = "".join(f"\tffffffff{k:08x} k{k}+0x1 ([kernel.kallsyms])\n" for k in range(12, 0, -1))
        script = f"{deep}\t 1 __send+0x1 (/libc.so)\n\t 2 main+0x1 (/a)\n\t 3 _start+0x2 (/a)\n\n"
        kernel = ";".join(f"k{k}_[k]" for k in range(1, 11))
        self.assertEqual(bench_flames.fold(2 * script), {f"main;__send;{kernel}": 2})

    def test_a_sample_without_a_function_of_the_program_is_left_out(self):
        self.assertEqual(sum(bench_flames.fold(SAID).values()), 3)

    def test_a_box_is_as_wide_as_its_samples_and_stands_on_its_caller(self):
        boxes = bench_flames.boxes(bench_flames.tree(STACKS), smallest=2)
        self.assertEqual(boxes, [(0, 10, 0, "main"), (0, 8, 1, "a"), (0, 3, 2, "b"), (3, 8, 2, "read_[k]"),
                                 (8, 10, 1, "z")])

    def test_the_plot_has_the_time_of_an_answer_for_its_width(self):
        plot = bench_flames.plot("title", 5.0, STACKS, Path("out.svg"))
        self.assertIn("set xrange [0:5.0]", plot)
        self.assertIn(f'1.5 4.0 2 {bench_flames.fill("read_[k]")} "read"', plot)
        self.assertNotEqual(bench_flames.fill("read_[k]"), bench_flames.fill("read"))
