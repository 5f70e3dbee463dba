"""What a look of `perf record` counts for."""

import unittest

from workbook import bench_profile

SAID = """\
\tffffffff8225fd19 pvm_irq_enable+0x19 ([kernel.kallsyms])
\tffffffff8225a8a0 do_syscall_64+0x250 ([kernel.kallsyms])
\t          10ab59 __send+0x19 (/usr/lib/libc.so.6)

\tffffffff81abc tcp_recvmsg_locked+0x1 ([kernel.kallsyms])
\tffffffff81abd __x64_sys_recvfrom+0x1 ([kernel.kallsyms])

\t           38852 http::MessageParser::feed(std::span<std::byte>)+0x2 (/bin/http_server)

\t           38853 async::Waiter::resume()+0x2 (/bin/http_server)
"""


class Looks(unittest.TestCase):
    def test_in_the_kernel_they_count_for_the_call_otherwise_for_the_part_of_the_program(self):
        self.assertEqual(bench_profile.parts(SAID), {"send": 1, "recv": 1, "parse": 1, "runtime": 1})

    def test_each_part_has_one_name(self):
        self.assertEqual(len(bench_profile.NAMES), len(set(bench_profile.NAMES)))
