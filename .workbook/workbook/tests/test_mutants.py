"""Mutants: what is changed, that all are in one build, and what is reported of them."""

import contextlib
import io
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from workbook import gtests, mutants, mutations
from workbook.cpp_text import Source
from workbook.repository import ROOT, Failure, stages

from .tree import TreeTest

CODE = """\
#include <cstdio>

constexpr int next(int value) {
  if (value == 41) return value + 1;
  return 0;
}
static_assert(next(41) == 42);

struct Counter {
  int count_ = 0;
  int up() {
    ++count_;
    return count_;
  }
};

int main() {
  Counter counter;
  counter.up();
  std::printf("%d %d\\n", counter.up(), next(41));
}
"""


def changed(body: str) -> list[tuple[str, str]]:
    """What is changed in the body of a function, and what it then looks like."""
    source = Source(f"void f() {{\n  {body}\n}}\n")
    [function] = mutations.functions(source)
    return [(found.what, found.applied_to(source.text)[function.start:-2].strip())
            for found in mutations.of(source, function)]


class Mutations(unittest.TestCase):
    def only(self, body: str) -> list[str]:
        return [text for _, text in changed(body)]

    def test_operators(self):
        for old, new in (("<", "<="), ("<=", "<"), (">", ">="), (">=", ">"), ("==", "!="), ("!=", "=="),
                         ("&&", "||"), ("||", "&&"), ("+", "-"), ("-", "+"), ("*", "/"), ("|", "&")):
            self.assertEqual(self.only(f"return a {old} b;"), [f"return a {new} b;"])

    def test_brackets_references_and_signs_are_no_operators(self):
        for body in ("const std::vector<T>& x = y;", "auto&& x = y;", "return -a;", "return &a;",
                     "return *a;", "T x = f<A, B>(y);", "for (const auto& x : y) return x;"):
            self.assertEqual(changed(body), [], body)

    def test_constants(self):
        for old, new in (("0", "1"), ("1", "0"), ("7", "8"), ("0x10", "17"), ("1'000u", "1001u"),
                         ("true", "false"), ("false", "true")):
            self.assertEqual(self.only(f"return {old};"), [f"return {new};"])
        self.assertEqual(changed("return 1.5;"), [])

    def test_conditions(self):
        self.assertIn(("`if` negated", "if (!(a.ok())) return a;"), changed("if (a.ok()) return a;"))
        self.assertIn(("`while` negated", "while (!(a)) b();"), changed("while (a) b();"))
        self.assertIn(("`if` negated", "if (int x = f(); !(x)) return x;"),
                      changed("if (int x = f(); x) return x;"))
        self.assertEqual(changed("if (auto x = f()) return x;"), [])
        self.assertEqual(changed("if constexpr (sizeof(T) == 4) return x;"), [])

    def test_statements(self):
        for old in ("f(a, [] { return b; });", "x_ = y;", "++x_;", "this->a();", "co_await f();",
                    "(void)f();", "std::swap(a, b);", "delete p;", "*p = q;"):
            self.assertIn((mutations.DELETED, "g(); ;"), changed(f"g(); {old}"), old)
        self.assertIn((mutations.DELETED, "if (a) ;"), changed("if (a) x = y;"))
        self.assertIn((mutations.DELETED, "while (a) { ; }"), changed("while (a) { break; }"))
        self.assertIn((mutations.DELETED, "if (a) {} else ;"), changed("if (a) {} else x();"))

    def test_declarations_and_what_returns_are_kept(self):
        for body in ("int x = y;", "auto x = f();", "const T t(a);", "return f();", "co_return;", "throw e;",
                     "using T = A;", "std::array<char, N> x{};", "static_assert(N > 2);", "T x;",
                     "Frame& frame = f();"):
            self.assertNotIn(mutations.DELETED, [what for what, _ in changed(body)], body)

    def test_functions_are_the_outermost_ones(self):
        source = Source("struct A {\n  int a() { return [] { return 1; }(); }\n};\n"
                        "int b() {}\nint c() {\n#if X\n  return 1;\n#endif\n}\nint d[] = {1};\n"
                        "consteval int e() { return 1; }\n")
        found = mutations.functions(source)
        self.assertEqual([source.text[f.start:f.end].strip() for f in found], ["return [] { return 1; }();"])


class OneBuild(TreeTest):
    def setUp(self) -> None:
        super().setUp()
        self.stage = stages(self.root)[1]
        self.file = self.write("02_epoll_module/src/code.cpp", CODE)
        self.found = mutants.of_file(self.stage, self.file)

    def compiled(self, some: list[mutants.Mutant]) -> Path:
        marks = {start: number for number, start in
                 enumerate(sorted({(one.file, one.function[0]) for one in some}))}
        text = self.write("code.cpp", mutants.text_of(self.file, some, marks))
        program = self.root / "code"
        done = subprocess.run(["g++", "-std=c++23", "-w", str(text), "-o", str(program)],
                              stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return program

    def output(self, program: Path, mutant: mutants.Mutant | None, marks: str = "") -> str:
        library = mutants.Library(self.stage, self.found, self.root)
        return subprocess.run([str(program)], env=library.environment(mutant, marks),
                              stdout=subprocess.PIPE, text=True).stdout

    def test_a_program_takes_the_change_that_is_asked_for(self):
        program = self.compiled(self.found)
        self.assertEqual(self.output(program, None), "2 42\n")
        said = {(one.line, one.what): self.output(program, one) for one in self.found}
        self.assertEqual(said[12, "`++` to `--`"], "-2 42\n")
        self.assertEqual(said[12, mutations.DELETED], "0 42\n")
        self.assertEqual(said[4, "`==` to `!=`"], "2 0\n")
        self.assertEqual(said[4, "`+` to `-`"], "2 40\n")
        self.assertEqual(said[19, mutations.DELETED], "1 42\n")

    def test_it_marks_the_functions_that_it_reaches(self):
        program = self.compiled(self.found)
        with tempfile.NamedTemporaryFile() as marks:
            marks.truncate(mutants.FUNCTIONS)
            self.output(program, None, marks.name)
            self.assertEqual(Path(marks.name).read_bytes()[:5], b"\1\1\1\0\0")

    def test_every_change_is_named_by_its_line(self):
        labels = [one.label.rpartition("src/")[2] for one in self.found]
        self.assertIn("code.cpp:12: `++` to `--`: ++", labels)
        self.assertEqual(len({one.number for one in self.found}), len(self.found))

    def test_what_does_not_compile_is_known_from_what_the_compiler_says(self):
        said = """\
mutant-17:4:3: error: no
In file included from a.cpp:1:
a.hpp: In instantiation of 'int f()':
mutant-18:7:3:   required from here
a.hpp:9:1: error: no
mutant-19:4:3: warning: unused
mutant-20:4:3: note: declared here
"""
        self.assertEqual(mutants.blamed(said), {17, 18})

    def test_an_error_beside_the_mutants_of_a_function_is_blamed_on_all_of_them(self):
        said = f"{self.file}:{self.found[0].line}:3: error: inconsistent deduction for auto return type\n"
        blamed = mutants.of_blamed_functions(said, self.found)
        self.assertEqual(blamed, {one.number for one in self.found
                                  if one.function == self.found[0].function})
        self.assertEqual(mutants.of_blamed_functions("/else.cpp:1:1: error: no\n", self.found), set())

    def test_the_workbook_has_many(self):
        found = [mutant for stage in stages(ROOT) for mutant in mutants.of_stage(stage)]
        self.assertGreater(len(found), 500)
        self.assertEqual({mutant.stage.number for mutant in found}, {1, 2, 3, 4, 5})


class Judgement(OneBuild):
    def library(self) -> mutants.Library:
        library = mutants.Library(self.stage, self.found, self.root)
        for name, took in (("02.Other.fast", 0.1), ("02.Code.slow", 5.0), ("02.Code.fast", 0.1)):
            target = "02_code_test" if ".Code." in name else "02_other_test"
            library.took[name] = took
            for mark in (0, 1):
                library.reaching[mark].append(gtests.Test(name, name[3:], Path(target)))
        return library

    def fate(self, failing: str, line: int) -> tuple[mutants.Fate, list[str]]:
        asked = []

        def run(test, limit, environment):
            asked.append((test.name, limit))
            return gtests.Outcome(test.name, "failed" if test.name == failing else "passed", "")

        mutant = next(one for one in self.found if one.line == line)
        with mock.patch.object(gtests, "run", run):
            return mutants.judge(self.library(), mutant), asked

    def test_the_tests_of_the_files_name_come_first_and_the_first_that_fails_is_enough(self):
        fate, asked = self.fate("02.Code.slow", 4)
        self.assertEqual(fate.killer, "02.Code.slow failed")
        self.assertEqual(asked, [("02.Code.fast", 10), ("02.Code.slow", 25.0)])

    def test_a_mutant_that_no_test_notices_survives(self):
        fate, asked = self.fate("", 12)
        self.assertTrue(fate.survived)
        self.assertEqual((fate.tests, len(asked)), (3, 3))

    def test_a_function_that_no_test_reaches(self):
        fate, _ = self.fate("", 19)
        self.assertEqual((fate.survived, fate.tests), (True, 0))
        with contextlib.redirect_stdout(io.StringIO()) as said:
            mutants.report(self.stage, self.library(), [fate], 0)
        self.assertIn("SURVIVES: no test reaches it", said.getvalue())

    def test_words(self):
        with self.assertRaisesRegex(Failure, "usage"):
            mutants.run(["01", "a", "b"])
        with self.assertRaisesRegex(Failure, "no file nothing.cpp"):
            mutants.run(["01", "nothing.cpp", "--list"])
        for size in (["x"], ["0"], []):
            with self.assertRaisesRegex(Failure, "--sample needs a number"):
                mutants.run(["01", "--sample", *size])
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(mutants.run(["01", "observer.cpp", "--list"]), 0)
        self.assertRegex(said.getvalue(), r"01_syscall_macro: \d+ mutants\n$")

    def test_a_sample_has_that_many_of_all_files_and_is_the_same_each_time(self):
        found = [(stage, mutants.of_stage(stage)) for stage in stages()[:2]]
        some = mutants.sample(found, 100)
        self.assertEqual(sum(len(chosen) for _, chosen in some), 100)
        self.assertEqual(some, mutants.sample(found, 100))
        self.assertTrue(all(chosen for _, chosen in some))


if __name__ == "__main__":
    unittest.main()
