"""The book: quotes, fences, links, hints."""

import contextlib
import io
import re
import unittest

from workbook import book, builder, docs, figures, links
from workbook.repository import Failure

from .tree import ANSWERS, CHAPTER, HEADER, TreeTest

QUOTE = "<!-- quote: 02_epoll_module/src/poll.cpp#2.10 -->"
END = "<!-- end quote -->"


class BookTest(TreeTest):
    def page(self, text: str) -> book.Page:
        return book.read(self.write("docs/page.md", text), self.root)

    def complaints(self, text: str) -> str:
        return "\n".join(message for _, message in self.page(text).problems)

    def check(self) -> str:
        """What `docs --check` complains about; empty if nothing."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                docs.check(self.root)
        except Failure as failure:
            return str(failure)
        return ""


class HeaderTables(BookTest):
    MARKED = "a\n<!-- headers: 02_epoll_module -->\nold\n<!-- end headers -->\nb\n"

    def test_each_header_has_a_line_with_the_first_sentence_of_its_comment(self):
        self.header.write_text(f"// An epoll instance: it waits.\n{HEADER}")
        self.write("02_epoll_module/include/epoll/io/url.hpp", "// http://a, in\n// pieces. More.\n")
        page = self.write("docs/page.md", self.MARKED)
        self.assertIn("a table of headers is not fresh", self.check())
        with contextlib.redirect_stdout(io.StringIO()):
            docs.fill(self.root)
        self.assertEqual(page.read_text().split("\n")[2:6], [
            "| header | what it gives |", "|---|---|",
            "| [epoll/poll.hpp](../02_epoll_module/include/epoll/poll.hpp) | An epoll instance |",
            "| [epoll/io/url.hpp](../02_epoll_module/include/epoll/io/url.hpp) | `http://a`, in pieces |"])
        self.assertEqual(self.check(), "")

    def test_a_marker_that_names_no_step_or_has_no_end_is_a_problem(self):
        for text in ("<!-- headers: 09_none -->\n<!-- end headers -->\n",
                     "<!-- headers: 02_epoll_module -->\n"):
            self.write("docs/page.md", text)
            self.assertIn("<!-- headers:", self.check(), text)


class Figures(BookTest):
    """A figure whose drawing is made without Pikchr, which only those who change a figure need."""

    DRAWN = """<svg xmlns='http://www.w3.org/2000/svg' class="pikchr" viewBox="0 0 60 20">
<path d="M0,0L9,9Z"  style="fill:rgb(241,0,1);stroke:rgb(0,0,0);" />
<text x="5" y="9" fill="rgb(0,0,0)">the `fd`\u00a0here</text>
</svg>
"""

    def setUp(self):
        super().setUp()
        self.write("docs/figures/src/style.pikchr", "user = 0xf10001\n")
        text = "# One box\n# A box,\n# and no more.\nbox\n"
        self.source = self.write("docs/figures/src/one.pikchr", text)
        self.drawing = self.write("docs/figures/one.svg", figures.finished(self.DRAWN, self.source))
        self.shown = self.write("docs/page.md", "a\n\n![](figures/one.svg)\n")
        with contextlib.redirect_stdout(io.StringIO()):
            docs.fill(self.root)

    def test_a_page_says_in_its_place_what_the_figure_shows(self):
        self.assertIn("![A box, and no more.](figures/one.svg)", self.shown.read_text())
        self.assertEqual(self.check(), "")
        self.shown.write_text("![A ball.](figures/one.svg)\n")
        self.assertIn("docs/page.md:1: a figure is not described as its source does", self.check())

    def test_a_drawing_that_is_older_than_its_source_is_named(self):
        for file in ("one", "style"):
            before = self.source.with_stem(file).read_text()
            self.source.with_stem(file).write_text(before + "box\n")
            self.assertIn("one.pikchr: its drawing is not fresh", self.check(), file)
            self.source.with_stem(file).write_text(before)
        self.drawing.unlink()
        self.assertIn("one.pikchr: its drawing is not fresh", self.check())

    def test_a_figure_without_a_page_and_a_drawing_without_a_source_are_named(self):
        self.shown.write_text("a\n")
        self.assertIn("one.pikchr: no page shows it", self.check())
        self.source.unlink()
        self.assertIn("docs/figures/one.svg: there is no source of it", self.check())

    def test_a_source_begins_with_words_for_those_who_do_not_see_it(self):
        for text in ("box\n", "# A title\nbox\n", "# A title\n# A [box].\nbox\n"):
            self.source.write_text(text)
            self.assertRaisesRegex(Failure, "one.pikchr begins with no title", figures.words, self.source)

    def test_colours_become_variables_and_text_in_backticks_code(self):
        svg = self.drawing.read_text()
        self.assertIn('style="fill:var(--user);stroke:var(--ink);"', svg)
        self.assertIn('>the <tspan class="code">fd</tspan>\u00a0here<', svg)
        self.assertIn('<title id="title">One box</title>\n<desc id="text">A box, and no more.</desc>', svg)
        self.assertIn("prefers-color-scheme: dark", svg)


class Quotes(BookTest):
    def test_a_sound_book_is_sound(self):
        self.assertEqual(self.check(), "")

    def test_filling_takes_off_markers_and_indentation(self):
        page = self.page(f"a\n<!-- quote: 02_epoll_module/src/poll.cpp#whole-file -->\n{END}\nb\n")
        self.assertEqual(page.filled, [
            "a", "<!-- quote: 02_epoll_module/src/poll.cpp#whole-file -->", "```cpp", "int make() {",
            "  const int made = 1;", "  return made;", "}", "```", END, "b", ""])

    def test_filling_twice_changes_nothing(self):
        page = self.page(f"{QUOTE}\nold words\n{END}\n")
        self.assertIn("is not fresh", page.problems[0][1])
        again = self.page("\n".join(page.filled))
        self.assertEqual((again.problems, again.filled), ([], page.filled))

    def test_fill_writes_the_page_and_leaves_the_rest_of_it(self):
        self.chapter.write_text(CHAPTER.replace("2 * value", "3 * value"))
        self.assertIn("is not fresh", self.check())
        with contextlib.redirect_stdout(io.StringIO()):
            docs.fill(self.root)
        self.assertEqual(self.chapter.read_text(), CHAPTER)

    def test_an_unknown_region_or_file_is_a_problem(self):
        self.assertIn("has no region 2.99", self.complaints(f"{QUOTE.replace('2.10', '2.99')}\n{END}"))
        self.assertIn("there is no file", self.complaints(f"<!-- quote: no/such.cpp#a -->\n{END}"))

    def test_a_file_without_regions_may_be_quoted_whole(self):
        page = self.page(f"<!-- quote: 02_epoll_module/tests/poll_test.cpp -->\n{END}")
        self.assertIn("TEST(Poll, is_made) {}", page.filled)

    def test_a_missing_end_is_a_problem_and_eats_nothing(self):
        page = self.page(f"{QUOTE}\nwords\n{QUOTE}\n{END}\n")
        self.assertEqual([line for line, _ in page.problems if line == 1], [1])
        self.assertIn("words", page.filled)

    def test_an_end_without_a_beginning_is_a_problem(self):
        self.assertIn("without its beginning", self.complaints(f"{END}\n"))

    def test_a_doubled_end_is_a_problem(self):
        self.assertIn("without its beginning", self.complaints(f"{QUOTE}\n{END}\n{END}\n"))

    def test_a_misspelt_marker_is_a_problem(self):
        self.assertIn("cannot be read", self.complaints(f"text <!-- quote: a#b -->\n{END}"))
        self.assertIn("cannot be read", self.complaints("<!-- quote 02/a.cpp -->\n"))

    def test_an_end_marker_inside_of_quoted_code_does_not_end_the_quote(self):
        self.write("02_epoll_module/src/odd.cpp", f"// #region odd\n{END}\n// #endregion odd\n")
        text = f"<!-- quote: 02_epoll_module/src/odd.cpp#odd -->\n```cpp\n{END}\n```\n{END}\n"
        self.assertEqual(self.page(text).problems, [])


class Fences(BookTest):
    def test_a_cpp_block_must_be_quoted_or_marked(self):
        self.assertIn("neither quoted", self.complaints("```cpp\nint a;\n```\n"))
        self.assertEqual(self.complaints("<!-- no-quote -->\n```cpp\nint a;\n```\n"), "")
        self.assertEqual(self.complaints("<!-- no-quote: the original's -->\n\n```cpp\n```\n"), "")

    def test_the_mark_may_stand_among_other_comments(self):
        self.assertEqual(self.complaints("<!-- no-quote -->\n<!-- file: a -->\n```cpp\n```\n"), "")
        self.assertIn("neither", self.complaints("<!-- no-quote -->\nwords\n```cpp\n```\n"))

    def test_the_mark_may_stand_in_the_block_itself(self):
        self.assertEqual(self.complaints("```cpp no-quote\nint a;\n```\n"), "")
        self.assertIn("neither quoted", self.complaints("```cpp {1}\nint a;\n```\n"))

    def test_other_languages_are_free(self):
        self.assertEqual(self.complaints("```sh\nls\n```\n~~~\nx\n~~~\n"), "")

    def test_markers_inside_of_a_block_are_text(self):
        self.assertEqual(self.complaints(f"````text\n{QUOTE}\n```cpp\n```\n````\n"), "")


class Links(BookTest):
    def dead(self, text: str) -> list[str]:
        file = self.write("docs/page.md", text).resolve()
        pages = {file: book.read(file, self.root)}
        links.check(pages, self.root)
        return [message for _, message in pages[file].problems]

    def test_files_and_anchors_that_exist(self):
        self.assertEqual(self.dead(
            "# A `code` heading, twice!\n# A `code` heading, twice!\n<a id=\"here\"></a>\n"
            "[1](02_epoll_module.md) [2](02_epoll_module.md#21-make) [3](#a-code-heading-twice)\n"
            "[4](#a-code-heading-twice-1) [5](#here) [6](../02_epoll_module/src/poll.cpp)\n"
            "[7](https://example.org/nothing) [8][ref] `[9](no.md)`\n\n[ref]: 02_epoll_module.md\n"
            "```text\n[10](no.md)\n```\n"), [])

    def test_a_missing_file(self):
        self.assertEqual(len(self.dead("[a](no.md) ![b](no.png)\n\n[c]: no.md\n")), 3)

    def test_a_missing_anchor(self):
        self.assertIn("no anchor #nowhere", self.dead("[a](#nowhere)")[0])
        self.assertIn("no anchor #no", self.dead("[a](02_epoll_module.md#no)")[0])

    def test_a_way_out_of_the_workbook(self):
        self.assertIn("leads out", self.dead("[a](../../)")[0])

    def test_headings_keep_letters_of_every_language(self):
        self.assertEqual(links.slug("第二章：`epoll` 介绍"), "第二章epoll-介绍")


class ReadingOrder(BookTest):
    def setUp(self):
        super().setUp()
        self.order("['begin', ['index']], ['path', ['a', 'later', 'b']], // three\n  ['faults', ['c', 'd']],")
        self.pages = {name: self.write(f"docs/{name}.md", f"# The `{name}`\n") for name in "abcd"}
        self.pages["index"] = self.write("docs/index.md", "# Home\n\nNext: [Old](b.md)\n\n")

    def order(self, groups: str) -> None:
        self.write("docs/.vitepress/languages.mjs", f"const groups = [\n  {groups}\n]\n")

    def test_each_page_of_the_path_ends_with_a_link_to_the_next_that_exists(self):
        for name in ("index", "a", "b"):
            self.assertIn(f"docs/{name}.md:", self.check())
        with contextlib.redirect_stdout(io.StringIO()):
            docs.fill(self.root)
        self.assertEqual(self.check(), "")
        last = {name: file.read_text().splitlines()[-1] for name, file in self.pages.items()}
        self.assertEqual(last, {"index": "Next: [The `a`](a.md)", "a": "Next: [The `b`](b.md)",
                                "b": "Next: [The `c`](c.md)", "c": "# The `c`", "d": "# The `d`"})
        self.assertEqual(self.pages["index"].read_text(), "# Home\n\nNext: [The `a`](a.md)\n")

    def test_another_order_or_heading_makes_the_line_stale(self):
        with contextlib.redirect_stdout(io.StringIO()):
            docs.fill(self.root)
        self.pages["b"].write_text(self.pages["b"].read_text().replace("The", "Another"))
        self.assertIn("docs/a.md:3: the last line does not lead to the next page", self.check())
        self.order("['begin', ['index']], ['path', ['b', 'a']],")
        for name in ("index", "a", "b"):
            self.assertIn(f"docs/{name}.md:3: the last line does not", self.check())

    def test_a_page_that_is_named_twice_is_a_problem(self):
        self.order("['path', ['a', 'b']], ['faults', ['b']],")
        self.assertIn("names a page twice: b", self.check())


class PageNumbers(BookTest):
    def setUp(self):
        super().setUp()
        self.write("docs/.vitepress/languages.mjs",
                   "const groups = [\n  ['path', ['first', 'second']],\n  ['lookup', ['third']],\n]\n")
        self.first = self.write("docs/first.md",
                                "# A\n\n<!-- not read -->\nA word.\n\n```mermaid\nflow\n```\n\n"
                                "### 2.1 make\n\nIn `a`, judged. About 5 minutes.\n\n```sh\necho\n\nls\n```\n\n```text\nout\n```\n\n"
                                "Next: [B](second.md)\n")
        self.write("docs/third.md", "# C\n")
        self.page = self.write("docs/second.md", "# B\n\n<!-- page numbers -->\n<!-- end page numbers -->\n\n"
                               "Next: [C](third.md)\n")

    def fill(self):
        with contextlib.redirect_stdout(io.StringIO()):
            docs.fill(self.root)
        return self.page.read_text()

    def test_count_words_code_figures_and_exercises_of_the_path(self):
        self.assertIn("the table of page numbers is not fresh", self.check())
        self.assertIn("| [A](first.md) | 13 | 2 | 1 | 1 | 0 | 5 |\n| [B](second.md) |", self.fill())
        self.assertNotIn("page numbers", self.check())

    def test_are_rewritten_when_they_are_off_by_more_than_a_tenth(self):
        before = self.fill()
        self.first.write_text(self.first.read_text().replace("A word.", "A word. And four words more."))
        self.assertEqual(self.fill(), before)
        self.first.write_text(self.first.read_text().replace("A word.", "A word. And three more."))
        self.assertIn("the table of page numbers is not fresh", self.check())
        self.assertIn("| [A](first.md) | 20 |", self.fill())

    def test_a_new_exercise_is_counted_at_once(self):
        self.fill()
        self.first.write_text(self.first.read_text().replace("### 2.1", "### 2.2 more\n\n### 2.1"))
        self.assertIn("| [A](first.md) | 15 | 2 | 1 | 2 | 0 | 5 |", self.fill())


class Tests(BookTest):
    def test_a_test_that_is_named_must_exist(self):
        self.write("02_epoll_module/tests/more_test.cpp", "TEST_F(Poll, adding_twice_is_eexist) {\n}\n")
        self.write("docs/page.md", "See `02.Poll.adding_twice_is_eexist`.\n")
        self.assertEqual(self.check(), "")
        self.write("02_epoll_module/CMakeLists.txt", "add_test(NAME 02.Poll.costs_one_branch\n  COMMAND c)\n")
        self.write("docs/page.md", "See `02.Poll.costs_one_branch`.\n")
        self.assertEqual(self.check(), "")
        self.write("docs/page.md", "See\n`02.Poll.no_such_test`, `01.Poll.adding_twice_is_eexist`.\n")
        self.assertIn("docs/page.md:2: there is no test 02.Poll.no_such_test", self.check())
        self.assertIn("docs/page.md:2: there is no test 01.Poll.adding_twice_is_eexist", self.check())

    def test_a_claim_needs_evidence(self):
        self.write("docs/page.md", "# It\n\nIt never waits.\n")
        self.assertIn('docs/page.md:3: "It never waits." has no evidence', self.check())


class Exercises(BookTest):
    def test_an_exercise_without_a_hint(self):
        self.chapter.write_text(CHAPTER.replace("Six by nine.\n", ""))
        self.assertIn("exercise 2.2 answer has no hint", self.check())

    def test_a_command_without_a_marker_and_a_marker_without_a_command(self):
        for text in ("```sh\nls\n```\n", "<!-- run: expect \"a\" -->\nwords\n"):
            self.chapter.write_text(CHAPTER + text)
            self.assertRegex(self.check(), "needs `<!-- run -->`|no fence follows this marker", text)

    def test_an_exercise_without_an_answer(self):
        self.answers.write_text(ANSWERS.replace("src/poll.cpp#2.10", "src/poll.cpp#twice-whole"))
        self.assertIn("it does not quote the body of exercise 2.10", self.check())

    def test_an_answer_that_a_reader_would_come_across(self):
        self.chapter.write_text(CHAPTER + ANSWERS[ANSWERS.index("<!--"):])
        self.assertIn("the body of exercise 2.2 belongs to answers.md", self.check())

    def test_an_exercise_without_a_place(self):
        self.chapter.write_text(CHAPTER.replace("### 2.2 answer", "### answer"))
        self.assertIn("exercise 2.2 answer has no heading", self.check())

    def test_the_file_of_an_exercise_is_filled_in(self):
        for wrong in (CHAPTER.replace("In `src/poll.cpp`", "In `src/old.cpp`"),
                      re.sub(r"(?m)^In `.*\n\n", "", CHAPTER)):
            self.chapter.write_text(wrong)
            self.assertIn("in which file each exercise is", self.check())
            with contextlib.redirect_stdout(io.StringIO()):
                docs.fill(self.root)
            without = re.sub(r" About \d+ minutes\.", "", CHAPTER) if "About" not in wrong else CHAPTER
            self.assertEqual(self.chapter.read_text(), without)

    def test_how_long_an_exercise_takes_is_said(self):
        self.chapter.write_text(CHAPTER.replace(" About 10 minutes.", "", 1))
        self.assertIn("stands how long it takes", self.check())

    def test_an_exercise_under_another_name(self):
        self.chapter.write_text(CHAPTER.replace("### 2.2 answer", "### 2.2 question"))
        self.assertIn("the exercise is called 2.2 answer", self.check())

    def test_a_whole_file_has_a_section_after_its_last_exercise(self):
        builder.WHOLE.update({"02": {"poll": "2.10"}})
        section = ("### Whole file: `poll`\n\nIn `include/epoll/poll.hpp`, `src/poll.cpp`, judged by "
                   "[`tests/poll_test.cpp`](../02_epoll_module/tests/poll_test.cpp). About 20 minutes.\n\n"
                   "Write the rest.\n")
        self.assertIn("after 2.10 there is no section: ### Whole file: `poll`", self.check())
        for wrong, complaint in (
                (CHAPTER.replace("### 2.10 ", section + "### 2.10 "), "does not have poll after 2.2"),
                (CHAPTER + section + section, "does not have poll after 2.10"),
                (CHAPTER + section.replace("`poll`\n", "`pole`\n"), "does not have pole after 2.10"),
                (CHAPTER + section.replace("poll_test", "x"), "`./workbook docs` adds that"),
                (CHAPTER + section.replace(" About 20 minutes.", ""), "how long it takes: About 30 minutes"),
                (CHAPTER + section.replace("Write the rest.", ""), "it says nothing about poll")):
            self.chapter.write_text(wrong)
            self.assertIn(complaint, self.check())
        self.chapter.write_text(CHAPTER + section)
        self.assertEqual(docs.check(self.root), 0)
        self.assertEqual(docs.minutes(self.chapter)["2.10"], 10)
        self.assertEqual(docs.task(self.chapter, "poll"), "Write the rest.")
        self.chapter.write_text(CHAPTER + section + "\n<!-- not run: it opens it -->\n```sh\n...\n```\n")
        self.assertEqual(docs.task(self.chapter, "poll"), "Write the rest.")

    def test_a_hint_for_no_exercise_and_a_hint_that_never_ends(self):
        self.chapter.write_text(CHAPTER + "<!-- hint 2.77 -->\n")
        self.assertIn("there is no exercise 2.77", self.check())
        self.assertIn("the hint 2.77 has no <!-- end hint -->", self.check())

    def test_a_stage_without_a_chapter(self):
        self.chapter.unlink()
        self.assertIn("docs/02_epoll_module.md: there is no such chapter", self.check())


if __name__ == "__main__":
    unittest.main()
