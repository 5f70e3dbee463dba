"""Claims and figures of the pages, and what counts as their evidence."""

from workbook import book, evidence

from .tree import TreeTest

TEST = "02.Poll.adding_twice_is_eexist"
CLAIM = "The kernel never looks at it.\n"
FIGURE = "A wait costs 1.3 us.\n"


class Evidence(TreeTest):
    def problems(self, text: str, name: str = "page.md") -> list[int]:
        page = book.Page(self.write(f"docs/{name}", text))
        evidence.check(page, {TEST}, self.root)
        return [line for line, _ in page.problems]

    def test_a_claim_without_evidence_is_a_problem_of_its_paragraph_item_or_row(self):
        for claim in ("It always is.", "no client waits", "It\ncannot be.", "Never does it.", "every call",
                      "costs one"):
            self.assertEqual(self.problems(f"# 1\n\n{claim}\n"), [3], claim)
        self.assertEqual(self.problems("* it never\n* it is\n  always\n"), [1, 2])
        self.assertEqual(self.problems("| a |\n|---|\n| never |\n| b |\n"), [3])

    def test_what_says_no_such_thing_is_no_claim(self):
        for text in ("It is.", "a client that never reads", "that was never read", "that is never read",
                     "one which never reads", "an attack: `never`", "never-read", "# It always is",
                     "![It never is](figures/it.svg)", "<summary>Is it\nalways?</summary>",
                     "```text\nnever\n```",
                     "<!-- bench: echo -->\nnever\n\n5 ms\n<!-- end bench -->",
                     "### Stage 1: it\n\nnever\n\n<details>\n\nnever\n\n</details>\n",
                     "### 1.1 it\n\nnever\n\n<!-- hint 1.1 -->\nnever\n<!-- end hint -->"):
            self.assertEqual(self.problems(text), [], text)
        self.assertEqual(self.problems(CLAIM, "faults.md"), [])
        self.assertEqual(self.problems(CLAIM, "../README.md"), [])

    def test_evidence_stands_in_the_same_paragraph(self):
        for shown in (f"`{TEST}`", "[epoll_ctl(2)]", "RFC 9112 6.3", "[it](../02_epoll_module/src/poll.cpp)",
                      "[it](https://docs.kernel.org/)", f"<!-- seen: {TEST} -->", "<!-- no claim -->"):
            self.assertEqual(self.problems(CLAIM + shown + "\n"), [], shown)
            self.assertEqual(self.problems(CLAIM + "\n" + shown + "\n"), [1], shown)
        for other in ("[a term](glossary.md#term)", "`02_tests`", "[here](#here)"):
            self.assertEqual(self.problems(CLAIM + other + "\n"), [1], other)

    def test_a_marker_before_a_table_holds_for_its_rows_and_for_no_other_block(self):
        self.assertEqual(self.problems("<!-- no claim -->\n| never |\n|---|\n| never |\n\nnever\n"), [6])
        self.assertEqual(self.problems("<!-- no claim -->\n* never\n* never\n"), [3])

    def test_a_command_or_a_quote_that_follows_is_evidence_of_a_claim_but_not_its_output(self):
        self.assertEqual(self.problems(CLAIM + "\n```sh\nstrace true\n```\n"), [])
        self.assertEqual(self.problems(CLAIM + "\n```text\nnothing\n```\n"), [1])
        self.assertEqual(self.problems(CLAIM + "\n# 2\n\n```sh\nstrace true\n```\n"), [1])
        self.assertEqual(self.problems("It is.\n```sh\nstrace true\n```\n" + CLAIM), [5])

    def test_what_a_marker_names_must_exist(self):
        for text in ("<!-- seen: 02.Poll.no_such_test -->", "<!-- seen: 02_epoll_module/src/none.cpp -->",
                     "<!-- seen -->", "<!-- measured: -->", "<!-- seen: often -->"):
            self.assertEqual(self.problems(f"It is.\n{text}\n"), [1], text)
        self.assertEqual(self.problems("It is.\n<!-- seen: 02_epoll_module/src/poll.cpp -->\n"), [])

    def test_a_figure_needs_a_command_or_the_same_figure_in_a_fence_of_its_section(self):
        for figure in ("40 ms", "5,084 bytes", "99 %", "6.19 microseconds", "132,422 lines a second",
                       "8 to 16 KiB"):
            self.assertEqual(self.problems(f"It is {figure}.\n"), [1], figure)
        self.assertEqual(self.problems("step 04 has 3 parts, Linux 6.9, 64 clients, 0 bytes, 100 %\n"), [])
        self.assertEqual(self.problems(FIGURE + "\n```sh\ntime true\n```\n"), [])
        self.assertEqual(self.problems(FIGURE + "\n# 2\n\n```sh\ntime true\n```\n"), [1])
        for same in ("5084", "5,084", "5'084"):
            self.assertEqual(self.problems(f"It is 5,084 bytes.\n\n```text\nsize: {same}\n```\n"), [])
        self.assertEqual(self.problems("It is 5,084 bytes.\n\n```text\nsize: 50841\n```\n"), [1])
        for shown in ("[measured](benchmarks.md#echo)", "[epoll_wait(2)]", "<!-- measured: time true -->"):
            self.assertEqual(self.problems(FIGURE + shown + "\n"), [], shown)
