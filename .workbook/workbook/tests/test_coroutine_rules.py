"""Tokens and functions of C++, and the coroutines that g++ 12 compiles wrongly.

The cases are those that were tried with g++ 12.2, which lost code in all of WRONG and none of RIGHT.
"""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from workbook import check, coroutine_rules, mistakes, yours
from workbook.coroutine_rules import findings, in_page
from workbook.cpp_text import Source, enclosing_function, opens, tokens

from .tree import StageTest

WRONG = {
    "if": "Task f() { if (co_await n(1) == 1) co_return 1; co_return 2; }",
    "if else": "Task f() { if (co_await n(1) == 1) g = 1; else g = 2; co_return g; }",
    "part of a condition": "Task f() { if (g >= 0 && co_await n(1) == 1) co_return 1; co_return 2; }",
    "parameters": "Task f(int p, std::string s) { if (co_await n(p) == 1) co_return 1; co_return 2; }",
    "in a block": "Task f() { { if (co_await n(1) == 1) co_return 1; } co_return 2; }",
    "in a try": "Task f() { try { if (co_await n(1)) co_return 1; } catch (...) {} co_return 2; }",
    "after a statement": "Task f() { co_await n(0); g = 1; if (co_await n(1)) co_return 1; co_return 2; }",
    "in an if constexpr": "Task f() { if constexpr (yes) { if (co_await n(1)) co_return 1; } co_return 2; }",
    "in a loop": "Task f() { while (true) { if (co_await n(++g) == 3) break; } co_return g; }",
    "in a switch": "Task f() { switch (g) { default: if (co_await n(1)) co_return 1; } co_return 2; }",
    "while": "Task f() { while (co_await n(g) < 3) { ++g; } co_return g; }",
    "empty while": "Task f() { while (co_await n(++g) < 3) {} co_return g; }",
    "for": "Task f() { for (; co_await n(g) < 3;) { ++g; } co_return g; }",
    "do": "Task f() { do { ++g; } while (co_await n(g) < 3); co_return g; }",
    "switch": "Task f() { switch (co_await n(1)) { case 1: co_return 4; default: break; } co_return 2; }",
    "template": "template <class T> Task f() { if (co_await n(1) == T(1)) co_return 1; co_return 2; }",
    "test": "ASYNC_TEST(Suite, sentence) { if (co_await n(1) == 1) co_return; g = 2; }",
    "test of a fixture": "ASYNC_TEST_F(Suite, sentence) { while (co_await n(g) < 3) { ++g; } g = 2; }",
    "member": "struct S { int k = 1; Task m() const { if (co_await n(1) == k) co_return 1; co_return 2; } };",
    "a trailing type": "auto f() noexcept -> Task { if (co_await n(1)) co_return 1; co_return 2; }",
    "out of its class": "Task S::m(int a) && { if (co_await n(a)) co_return 1; co_return 2; }",
    "static_assert": "Task f() { static_assert(true); if (co_await n(1)) co_return 1; co_return 2; }",
    "label": "Task f() { goto out; out: if (co_await n(1)) co_return 1; co_return 2; }",
    "temporary": "Task f() { if (co_await n(std::string(\"x\"))) co_return 1; co_return 2; }",
}
RIGHT = {
    "variable": "Task f() { int x = 1; if (co_await n(1) == x) co_return 1; co_return 2; }",
    "variable without a value": "Task f() { std::string s; if (co_await n(1)) co_return 1; co_return 2; }",
    "variable behind it": "Task f() { if (co_await n(1)) co_return 1; int x = 2; co_return x; }",
    "variable in another block": "Task f() { { int x = 2; g = x; } if (co_await n(1)) co_return 1; co_return 2; }",
    "variable in what it guards": "Task f() { if (co_await n(1)) { int x = 1; co_return x; } co_return 2; }",
    "variable in the loop": "Task f() { while (co_await n(g) < 3) { int y = 1; g += y; } co_return g; }",
    "template's variable": "Task f() { std::vector<std::pair<int, int>> v; if (co_await n(1)) co_return 1; co_return 2; }",
    "reference": "Task f() { Frame& frame = one(); if (co_await n(1)) co_return 1; co_return 2; }",
    "attribute": "Task f() { [[maybe_unused]] int x; if (co_await n(1)) co_return 1; co_return 2; }",
    "static": "Task f() { static int x = 1; if (co_await n(1) == x) co_return 1; co_return 2; }",
    "structured binding": "Task f() { auto [a, b] = p(); if (co_await n(a)) co_return b; co_return 2; }",
    "initializer of the if": "Task f() { if (int x = 1; co_await n(1) == x) co_return 1; co_return 2; }",
    "bound in the condition": "Task f() { if (auto x = co_await n(1)) co_return x; co_return 2; }",
    "bound in a while": "Task f() { while (auto x = co_await n(1)) g = x; co_return 2; }",
    "for with a counter": "Task f() { for (int i = 0; co_await n(i) < 3; ++i) g = i; co_return g; }",
    "for with its step": "Task f() { for (g = 0; g < 3; co_await n(++g)) {} co_return g; }",
    "range": "Task f() { for (int v : {1, 2}) { if (co_await n(v) == 2) co_return 9; } co_return 2; }",
    "type": "Task f() { struct X {}; if (co_await n(1)) co_return 1; co_return 2; }",
    "using": "Task f() { using X = int; if (co_await n(1) == X(1)) co_return 1; co_return 2; }",
    "handler": "Task f() { try { g = 1; } catch (int) {} if (co_await n(1)) co_return 1; co_return 2; }",
    "lambda in it": "Task f() { g = [] { return 1; }(); if (co_await n(1)) co_return 1; co_return 2; }",
    "is a lambda": "auto f = []() -> Task { if (co_await n(1)) co_return 1; co_return 2; };",
    "is a generic lambda": "auto f = []<class T>(T) -> Task { if (co_await n(1)) co_return 1; co_return 2; };",
    "is a lambda, handed over": "int g() { run([&](int) mutable -> Task { if (co_await n(1)) co_return 1; co_return 2; }); }",
    "no condition": "Task f() { co_return co_await n(1) == 1 ? 1 : 2; }",
    "condition without it": "Task f() { if (g == 0) { co_await n(2); } co_return 2; }",
    "in a comment": "Task f() { /* if (co_await n(1)) */ co_await n(1); // while (co_await n(1))\n }",
    "in a string": "Task f() { log(\"if (co_await n(1))\", R\"(while (co_await n(2)))\"); co_await n(1); }",
    "no function around it": "if (co_await n(1)) co_return;",
}


class Rules(unittest.TestCase):
    def test_what_is_wrong_is_found(self):
        for name, text in WRONG.items():
            with self.subTest(name):
                self.assertEqual(len(findings(text)), 1)

    def test_what_is_right_is_left_alone(self):
        for name, text in RIGHT.items():
            with self.subTest(name):
                self.assertEqual(findings(text), [])

    def test_line_and_statement(self):
        found = findings("int a;\n\nTask f() {\n  do {\n    ++g;\n  } while (co_await n(g) < 3);\n}\n")
        self.assertEqual([(one.line, one.statement) for one in found], [(6, "do")])

    def test_each_function_is_looked_at_for_itself(self):
        text = f"{RIGHT['variable']}\n{WRONG['if']}\nstruct S {{\n{WRONG['while']}\n}};\n"
        self.assertEqual([one.line for one in findings(text)], [2, 4])

    def test_blocks_of_a_page(self):
        block = f"```cpp\n\n{WRONG['if']}\n```\n"
        self.assertEqual([one.line for one in in_page(f"# a\n{block}")], [4])
        self.assertEqual(in_page(f"{coroutine_rules.FAULTY}\n<!-- file: a.cpp -->\n{block}"), [])
        self.assertEqual(in_page(block.replace("cpp", "text")), [])

    def test_the_workbook_holds_none(self):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(coroutine_rules.main([]), 0)
        self.assertGreater(int(said.getvalue().split()[0]), 300)

    def test_a_file_that_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.cpp"
            file.write_text(WRONG["if"])
            with contextlib.redirect_stdout(io.StringIO()), \
                    contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(coroutine_rules.main([str(file)]), 1)
        self.assertIn("a.cpp:1: `if` asks a co_await", said.getvalue())


class InExercises(StageTest):
    BODY = "  if (co_await n(1)) co_return 1;\n  co_return 2;"

    def test_a_mistake_is_looked_at_in_its_place(self):
        text = ("// breaks: a\n// caught by: 02.Poll.is_made\n// seen in: b\n// symptom: c\n\n"
                f"{self.BODY}\n")
        self.write("02_epoll_module/mistakes/2.1-lost.cpp", text)
        found = coroutine_rules.in_mistake(mistakes.read_all([])[0])
        self.assertEqual([one.line for one in found], [6])

    def test_a_reader_is_told(self):
        self.quietly(yours.start, "2")
        self.write_own(self.own().replace('  sys::todo("2.1 make");', self.BODY))
        own = yours.load(self.stage)[self.poll]
        region = next(r for r in coroutine_rules.regions.exercises(self.stage) if r.name == "2.1")
        other = next(r for r in coroutine_rules.regions.exercises(self.stage) if r.name == "2.10")
        with contextlib.redirect_stdout(io.StringIO()) as said:
            check.warn_of_lost_code(own, other)
            check.warn_of_lost_code(own, region)
        self.assertRegex(said.getvalue(), r"^\S+/yours/src/poll.cpp:7: `if` asks[^\n]+\n$")


class Text(unittest.TestCase):
    def test_what_is_no_code_is_left_out(self):
        text = '#define A \\\n  if\nint/*a*/x = 1\'000; // b\nauto s = R"x(")" )x" "\\""; char c = \'"\';'
        self.assertEqual([token.text for token in tokens(text)],
                         ["int", "x", "=", "1'000", ";", "auto", "s", "=", 'R"x(")" )x"', '"\\""', ";",
                          "char", "c", "=", "'\"'", ";"])

    def kind(self, text: str) -> str:
        """What the brace that is marked by @ opens."""
        at = text.index("@")
        source = Source(text.replace("@", ""))
        brace = next(i for i, token in enumerate(source.tokens) if token.start == at)
        return opens(source, brace)

    def test_what_a_brace_opens(self):
        for text, kind in (
                ("void f() @{ }", "function"), ("A::A(int b) : b_(b) @{ }", "function"),
                ("auto f() const noexcept -> A<B> @{ }", "function"),
                ("A f() try @{ } catch (...) { }", "function"), ("f() { try @{ } }", "block"),
                ("A::A(int b) : B(b), c_(b, 1) @{ }", "function"), ("f() { if (a) try @{ } }", "block"),
                ("auto f(A... a) -> A<b::C<D, A...>> @{ }", "function"),
                ("requires C<A, B> && (d<A>.e) A f() @{ }", "function"),
                ("auto l = [](int a) -> A<B, C> @{ };", "lambda"), ("TEST(A, b) @{ }", "function"),
                ("f() { if (a) @{ } }", "block"), ("f() { else @{ } }", "block"),
                ("f() { for (;;) @{ } }", "block"), ("f() { case 1: @{ } }", "block"),
                ("f() { try { } catch (...) @{ } }", "block"), ("struct A : B @{ }", "scope"),
                ("namespace a::b @{ }", "scope"), ("enum class A : char @{ }", "scope"),
                ("int a = @{ };", "list"), ("f(A@{ })", "list"), ("return @{ };", "list"),
                ("auto a = [] @{ };", "lambda"), ("f([&a](int b) mutable @{ })", "lambda"),
                ("co_await [](int a) -> A @{ }(1)", "lambda"), ("x = []<class T>(T) @{ };", "lambda")):
            with self.subTest(text):
                self.assertEqual(self.kind(text), kind)

    def test_the_function_around_a_token(self):
        source = Source("A f() { if (x) { g([] { here; }); there; } }")
        kinds = {source.tokens[i].text: enclosing_function(source, i) for i in range(len(source.tokens))}
        self.assertEqual(kinds["here"][1], "lambda")
        self.assertEqual(kinds["there"][1], "function")
        self.assertIsNone(kinds["A"])

    def test_a_piece_of_a_file_need_not_be_balanced(self):
        self.assertEqual(findings("} ) if (co_await a) { ] ("), [])


if __name__ == "__main__":
    unittest.main()
