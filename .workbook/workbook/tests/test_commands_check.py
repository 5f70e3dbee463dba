"""The checker of the book's commands: does it notice what would mislead a reader?"""

import tempfile
import time
import unittest
from pathlib import Path

from .. import commands_check


class CommandsCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.page = Path(folder.name) / "page.md"

    def check(self, text: str, run: bool = True) -> list[str]:
        self.page.write_text(text, encoding="utf-8")
        report = commands_check.check_page(self.page, self.page.parent if run else None)
        return [str(error) for error in report.errors]

    def block(self, markers: str, command: str) -> str:
        return f"{markers}\n```sh\n{command}\n```\n"

    def test_a_command_that_succeeds_is_no_error(self):
        self.assertEqual(self.check(self.block("<!-- run -->", "true")), [])

    def test_a_command_without_a_marker_is_an_error_even_if_nothing_is_run(self):
        self.assertIn("needs `<!-- run -->`", self.check(self.block("", "true"), run=False)[0])

    def test_a_command_in_another_shell_language_hides_nothing(self):
        self.assertIn("write `sh`", self.check("```bash\ntrue\n```\n")[0])

    def test_a_marker_that_is_misspelt_or_stands_alone_is_an_error(self):
        self.assertIn("not understood", self.check(self.block("<!-- run: expct \"a\" -->", "true"))[0])
        self.assertIn("no fence follows", self.check("<!-- run -->\n\nsome text\n")[0])

    def test_the_first_command_that_fails_is_reported_with_its_output(self):
        said = self.check(self.block("<!-- run -->", "echo before\nfalse\necho after"))[0]
        self.assertIn("page.md:2", said)
        self.assertIn("exit code 1 instead of 0", said)
        self.assertIn("before\n", said.partition("its output")[2])
        self.assertNotIn("after\n", said.partition("its output")[2])

    def test_an_exit_code_can_be_expected_and_a_signal_counts_as_in_a_shell(self):
        self.assertEqual(self.check(self.block("<!-- run: exit 3 -->", "exit 3")), [])
        self.assertEqual(self.check(self.block("<!-- run: exit 143 -->", "kill $$")), [])
        self.assertEqual(len(self.check(self.block("<!-- run: exit 3 -->", "true"))), 1)

    def test_output_that_is_expected_must_come(self):
        markers = '<!-- run: expect "one" -->\n<!-- run: expect "two" -->'
        self.assertEqual(self.check(self.block(markers, "echo one; echo two >&2")), [])
        self.assertIn("does not contain 'two'", self.check(self.block(markers, "echo one"))[0])

    def test_what_is_not_run_is_not_run(self):
        self.assertEqual(self.check(self.block("<!-- not run: it would fail -->", "false")), [])

    def test_a_block_can_be_a_file_for_those_below_it(self):
        text = "<!-- file: words.txt -->\n```text\nhello\n```\n"
        self.assertEqual(self.check(text + self.block("<!-- run -->", "grep -q hello words.txt")), [])

    def test_fences_inside_fences_are_text(self):
        self.assertEqual(self.check("````text\n```sh\nfalse\n```\n````\n"), [])

    def test_what_a_command_leaves_running_is_ended_and_not_waited_for(self):
        begin = time.monotonic()
        self.assertEqual(self.check(self.block("<!-- run -->", "sleep 50 &\necho $! > pid")), [])
        self.assertLess(time.monotonic() - begin, 20)

    def test_a_server_runs_meanwhile_on_a_port_of_its_own(self):
        markers = '<!-- run with: http.server 8000 -->\n<!-- run: expect "8000" -->'
        command = "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 8000))'; echo 8000"
        self.assertEqual(self.check(self.block(markers, command)), [])
        self.assertIn("does not name port 8000", self.check(self.block(markers, "true"))[0])

    def test_a_program_that_is_missing_is_an_error(self):
        marker = "<!-- run with: no_such_server 8000 -->"
        self.assertIn("no program no_such_server", self.check(self.block(marker, "echo 8000"))[0])


if __name__ == "__main__":
    unittest.main()
