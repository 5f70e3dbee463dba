"""Whole files that the reader writes: what is blank in them, what is judged. All without a compiler."""

import contextlib
import io
import re
import unittest
from unittest import mock

from workbook import blanking, builder, builder_mode, check, grading, help_with, listing, milestones, proofs
from workbook import gtests, mistakes, regions, run, yours
from workbook.grading import BROKEN, OPEN, RIGHT, WRONG, Verdict
from workbook.repository import ROOT, Failure, stages

from .tree import StageTest

WHOLE = dict(builder.WHOLE)

TABLE_HEADER = """\
// A table.
#pragma once

#include <vector>

#include "epoll/token.hpp"

namespace epoll {

// #region table-class
class Table : public Base<int> {
 public:
  explicit Table(int n) : Base<int>(n), slots_{n} {
    check(n);  // why
  }
  Table() noexcept : size_(0) {}
  Table(const Table&) = delete;
  // Both tables change places.
  Table& operator=(Table other) noexcept {
    swap(other);
    return *this;
  }
  ~Table() { clear(); }

  [[nodiscard]] int size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  static constexpr int limit() { return 7; }
  auto deduced() { return make(this); }
  auto declared() -> std::vector<int> { return {}; }
  explicit operator bool() const { return size_ > 0; }

  int find(int key) const {
    // #region 2.4 find
    const auto is_it = [key](int other) { return key == other; };
    return search(is_it);
    // #endregion 2.4
  }
  int find(const char* key) const;

 private:
  int size_ = 0;  // of what is there
  std::vector<int> slots_;
};
// #endregion table-class

}  // namespace epoll
"""

TABLE_SOURCE = """\
#include "epoll/table.hpp"

namespace epoll {
namespace {

// Used by a body only.
int helper(int value) {
  return value + 1;
}

// Used by a declaration that stays.
struct Row {
  int number() { return helper(1); }
};
constexpr int kLength = 3;

}  // namespace

std::vector<Row> rows(kLength);

int Table::find(const char* key) const try {
  return helper(*key);
} catch (...) {
  return 0;
}

}  // namespace epoll
"""


class BuilderTest(StageTest):
    def setUp(self) -> None:
        super().setUp()
        self.table = self.write("02_epoll_module/include/epoll/table.hpp", TABLE_HEADER)
        self.source = self.write("02_epoll_module/src/table.cpp", TABLE_SOURCE)
        self.write("02_epoll_module/tests/table_test.cpp", "TEST(Table, holds) {}\n")
        builder.units.cache_clear()
        self.addCleanup(builder.units.cache_clear)
        for module in (builder, builder_mode):
            patch = mock.patch.object(module, "stages", lambda root=None: stages(self.root))
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(builder_mode, "find_stage", yours.find_stage)
        patch.start()
        self.addCleanup(patch.stop)

    def unit(self) -> builder.Unit:
        return builder.find("table", [self.stage])

    def begun(self, file) -> str:
        return self.unit().laid()[file][0]


class Blanking(BuilderTest):
    def test_bodies_go_and_what_is_promised_stays(self):
        text = self.begun(self.table)
        for stays in ("// A table.", "#include <vector>", "  // Both tables change places.\n",
                      "Table(const Table&) = delete;", "int size_ = 0;  // of what is there"):
            self.assertIn(stays, text)
        for gone in ("swap(other)", "clear()", "// why", "is_it", "#region", "#endregion"):
            self.assertNotIn(gone, text)

    def test_members_are_initialized_still(self):
        self.assertIn('explicit Table(int n) : Base<int>(n), slots_{n} { sys::todo("table.Table"); }\n',
                      self.begun(self.table))

    def test_what_the_compiler_runs_or_reads_stays(self):
        text = self.begun(self.table)
        for stays in ("Table() noexcept : size_(0) {}", "int size() const noexcept { return size_; }",
                      "static constexpr int limit() { return 7; }", "auto deduced() { return make(this); }"):
            self.assertIn(stays, text)

    def test_a_function_is_called_by_its_file_and_its_name(self):
        self.assertEqual([body.name for _, body in self.unit().blanks()],
                         ["table.Table", "table.operator=", "table.~Table", "table.empty", "table.declared",
                          "table.operator bool", "table.find", "table.Row.number", "table.find (2)"])

    def test_a_function_of_another_class_is_called_by_that_too(self):
        names = [body.name for body in blanking.bodies("slab", """\
            struct [[nodiscard]] Row { void clear() { a(); } };
            int Outer::Inner::take() { return 1; }
            bool Row::operator()(int x) const { return x > 0; }
            void free_one() { b(); }
            """)]
        self.assertEqual(names, ["slab.Row.clear", "slab.Inner.take", "slab.Row.operator()", "slab.free_one"])

    def test_a_blank_body_is_laid_out_as_the_formatter_would(self):
        text = self.begun(self.table)
        self.assertIn('  ~Table() { sys::todo("table.~Table"); }\n', text)
        self.assertIn('  int find(int key) const { sys::todo("table.find"); }\n', text)
        for declaration in (f"int f({'int a, ' * 12}int b) const noexcept", "X::X(int n)\n    : X(),\n      n_(n)"):
            body, = blanking.bodies("x", f"{declaration} {{ return a + b; }}\n")
            self.assertEqual(blanking.blank_body(declaration + " ", body), f'{{\n  sys::todo("{body.name}");\n}}')

    def test_helpers_go_unless_something_that_stays_names_them(self):
        text = self.begun(self.source)
        self.assertNotIn("helper", text)
        self.assertNotIn("Used by a body only", text)
        self.assertIn("// Used by a declaration that stays.\nstruct Row {\n", text)
        self.assertIn("constexpr int kLength = 3;", text)
        self.assertIn("\n}  // namespace\n\nstd::vector<Row> rows(kLength);", text)

    def test_an_unnamed_namespace_with_nothing_left_goes_as_a_whole(self):
        text = blanking.without_helpers("namespace x {\nnamespace {\n\nint f() { return 1; }  // one\n\n"
                                        "}  // namespace\n\nint g();\n}\n")
        self.assertEqual(text, "namespace x {\n\nint g();\n}\n")

    def test_a_body_that_catches_is_one_body(self):
        self.assertIn('int Table::find(const char* key) const {\n  sys::todo("table.find (2)");\n}\n\n}',
                      self.begun(self.source))

    def test_the_placeholder_is_included_once_and_is_never_blank(self):
        self.assertIn('#include "epoll/token.hpp"\n#include "syscall/todo.hpp"\n', self.begun(self.table))
        text = "#pragma once\n[[noreturn]] inline void todo() { throw 1; }\n"
        todo = self.write("01_syscall_macro/include/syscall/todo.hpp", text)
        self.assertEqual(blanking.blank(todo, text, blanking.bodies("todo", text)), text)

    def test_what_is_blank_is_told_from_code_and_not_from_a_comment(self):
        self.assertEqual(blanking.blanks('sys::todo("a.b");  // todo("a.c")\n', ["a.b", "a.c"]), ["a.b"])

    def test_lines_that_do_the_work(self):
        text = "// no\nint f() {\n  a();  // yes\n\n  // no\n  return 1;\n}\nint g();\n"
        self.assertEqual(blanking.implementation(text), {3, 6})
        self.assertEqual(blanking.implementation('int f() {\n  sys::todo("x.f");\n}\n'), set())

    # The start of each step is a program that compiles: .ci/run holes builds the same bodies one by one.
    def test_the_reference_has_a_function_to_write_in_every_step(self):
        builder.units.cache_clear()
        for stage in stages(ROOT):
            for unit in builder.units(stage):
                for file, (text, some) in unit.laid().items():
                    for body in some:
                        self.assertEqual(text.count(f'sys::todo("{body.name}");'), 1, (file, body.name))


class Files(BuilderTest):
    def test_a_header_and_its_source_are_one_and_what_includes_nothing_is_first(self):
        self.write("02_epoll_module/include/epoll/a_user.hpp",
                   '#include "epoll/table.hpp"\ninline int use() { return find(1); }\n')
        builder.units.cache_clear()
        self.assertEqual([unit.name for unit in builder.units(self.stage)], ["poll", "table", "a_user"])
        self.assertEqual(self.unit().files, (self.table, self.source))

    def test_a_file_has_several_names(self):
        for word in ("table", "table.hpp", "table.cpp", "02/table", "02_epoll_module/table"):
            self.assertEqual(builder.find(word), self.unit())
        with self.assertRaisesRegex(Failure, "there is no file 'tabel'"):
            builder.find("tabel")

    def test_a_name_that_two_steps_have_needs_the_step(self):
        self.write("01_syscall_macro/include/syscall/table.hpp", "inline int f() { return 1 + 1; }\n")
        builder.units.cache_clear()
        with self.assertRaisesRegex(Failure, "01/table or 02/table"):
            builder.find("table")
        self.assertEqual(builder.find("01/table").stage.prefix, "01")

    def test_it_is_judged_by_the_tests_of_its_name_and_those_that_are_added(self):
        self.assertEqual(self.unit().judges(), ["02_table_test"])
        with mock.patch.dict(builder.JUDGES, {"02": {"table": "other"}}):
            self.assertEqual(self.unit().judges(), ["02_table_test", "02_other_test"])

    def test_every_judge_that_is_added_is_there(self):
        for stage in stages(ROOT):
            for name, judges in builder.JUDGES.get(stage.prefix, {}).items():
                self.assertIn(name, [unit.name for unit in builder.units(stage)])
                for judge in judges.split():
                    self.assertIn(f"{stage.prefix}_{judge}_test", stage.test_targets())


class Judges(unittest.TestCase):
    def test_a_file_is_judged_by_the_tests_that_bear_the_name_of_its_class(self):
        for stage in stages(ROOT):
            suites = {f"{stage.prefix}_{file.stem}": re.findall(r"^TEST\w*\((\w+),", file.read_text(), re.M)
                      for file in (stage.folder / "tests").glob("*_test.cpp")}
            for unit in builder.units(stage):
                of_class = unit.name.title().replace("_", "")
                of_its_name = {target for target, found in suites.items() if of_class in found}
                self.assertLessEqual(of_its_name, set(unit.judges()), unit.name)

    def test_a_known_mistake_in_a_file_is_caught_by_a_test_that_judges_the_file(self):
        for mistake in mistakes.read_all([]):
            stage, name = mistake.stage, mistake.region.file.stem
            judges = [judge for unit in builder.units(stage) if unit.name == name for judge in unit.judges()]
            if judges and not mistake.region.numbered:  # an exercise has judges of its own
                catch = {f"{stage.prefix}_{file.stem}" for test in mistake.tests
                         if (file := gtests.declared_in(stage, test))}
                self.assertTrue(catch & set(judges), mistake.file.name)


class Mode(BuilderTest):
    def start(self, *words: str) -> str:
        return self.quietly(yours.start, "02", "--from-headers", *words)

    def mine(self, name: str):
        return self.stage.yours / name

    def fill(self) -> None:
        for name, file in (("include/epoll/table.hpp", self.table), ("src/table.cpp", self.source)):
            self.mine(name).write_text(file.read_text())

    def test_a_whole_step_is_begun(self):
        self.assertIn("2 files to write", self.start())
        self.assertEqual(self.mine("include/epoll/table.hpp").read_text(), self.begun(self.table))
        self.assertEqual(self.mine("overlay.list").read_text(),
                         "include/epoll/poll.hpp\ninclude/epoll/table.hpp\nsrc/poll.cpp\nsrc/table.cpp\n")
        self.assertEqual(len(yours.load(self.stage)), 4)

    def test_files_are_begun_one_by_one_and_never_overwritten(self):
        self.assertIn("now holds 1 file to write", self.start("table"))
        self.assertFalse(self.mine("src/poll.cpp").exists())
        self.mine("src/table.cpp").write_text("mine")
        with self.assertRaisesRegex(Failure, "never overwritten"):
            self.start("table")
        self.assertIn("now holds 1 more file to write", self.start())
        self.assertEqual(self.mine("src/table.cpp").read_text(), "mine")
        self.assertTrue(self.mine("src/poll.cpp").exists())

    def test_every_file_that_is_named_is_said_to_be_there(self):
        said = self.start("poll", "table")
        for name in ("poll", "table"):
            self.assertRegex(said, f"Write:   {name}, in .*/src/{name}.cpp")

    def test_exercises_and_whole_files_are_not_mixed(self):
        self.quietly(yours.start, "2")
        with self.assertRaisesRegex(Failure, "holds exercises already"):
            self.start("table")

    def test_check_of_one_file_means_a_whole_one_only_where_such_are_written(self):
        self.quietly(yours.start, "2")
        self.assertIsNone(builder_mode.named("poll"))
        (self.stage.yours).rename(self.root / "away")
        self.start("table")
        self.assertIsNone(builder_mode.named("poll"))
        self.assertEqual(builder_mode.named("table.cpp"), self.unit())

    def test_a_list_that_is_kept_fresh_holds_whole_files_still(self):
        self.start("table")
        yours.load(self.stage)
        self.assertEqual(self.mine("overlay.list").read_text(), "include/epoll/table.hpp\nsrc/table.cpp\n")

    def test_a_missing_file_is_an_error_that_says_what_to_do(self):
        self.start("table")
        self.mine("src/table.cpp").unlink()
        for look in (lambda: yours.load(self.stage), lambda: builder_mode.read(self.unit())):
            with self.assertRaisesRegex(Failure, r"src/table.cpp is missing[^$]*workbook reset table"):
                look()
        self.assertIn("It was missing", self.quietly(help_with.reset, "table"))
        self.assertEqual(self.mine("src/table.cpp").read_text(), self.begun(self.source))

    def test_reset_saves_what_was_written(self):
        self.start("table")
        self.mine("src/table.cpp").write_text("mine\n")
        said = self.quietly(help_with.reset, "table")
        self.assertIn("table.hpp is blank already", said)
        saved, = self.mine("saved").iterdir()
        self.assertEqual(saved.read_text(), "mine\n")
        self.assertEqual(self.mine("src/table.cpp").read_text(), self.begun(self.source))

    def test_reset_of_what_is_not_begun_is_an_error(self):
        self.start("table")
        with self.assertRaisesRegex(Failure, "poll is not begun"):
            builder_mode.reset(["poll"])

    def test_solution_shows_the_file_and_hint_those_of_its_exercises(self):
        self.assertIn("return helper(*key);", self.quietly(help_with.solution, "table"))
        said = self.quietly(help_with.hint, "poll")
        self.assertIn("poll.make, poll.Inner.twice", said)
        self.assertIn("Look at `made`.", said)
        self.assertIn("poll_test.cpp", said)
        self.assertNotIn("helper of the reference", said)

    def test_hint_says_which_helper_is_gone(self):
        self.poll.write_text("namespace {\nint made() { return 1; }\n}\n" + self.poll.read_text())
        self.assertIn("`made` is a helper of the reference, and not in your file",
                      self.quietly(help_with.hint, "poll"))

    def test_list_shows_the_files(self):
        self.assertIn("9 functions  include/epoll/table.hpp, src/table.cpp\n",
                      self.quietly(listing.run, "--files", "02"))
        self.start("table")
        self.fill()
        self.assertIn("(9 written)", self.quietly(listing.run, "--files"))

    def test_only_what_is_begun_is_built_or_else_the_first(self):
        self.start()
        built = []

        def judge(tasks, work, kind):
            for one in tasks:
                built.append(one.unit.name)
                yield Verdict(one.unit.name, WRONG, "02.Table.holds", "failed", "blank", 3, "02_table_test")

        with mock.patch.object(builder_mode, "in_sandboxes", judge), \
                mock.patch.object(builder_mode, "Memory") as memory:
            memory.return_value.recall.return_value = None
            own = [builder_mode.read(unit) for unit in builder_mode.begun(self.stage)]
            verdicts = builder_mode.grade(own)
            self.assertEqual(built, ["poll"])
            self.mine("src/table.cpp").write_text(self.mine("src/table.cpp").read_text() + "// begun\n")
            said = self.checked()
        self.assertEqual(built, ["poll", "table"])
        self.assertEqual(builder_mode.state(own[0], verdicts["poll"]), OPEN)
        self.assertIn("0 of 2 files right, 0 of 12 functions written", said)
        self.assertIn("Next: table", said)
        self.assertIn("Blank: table.Table, table.operator=", said)
        self.assertIn("2 of 3 tests pass.", said)

    def checked(self) -> str:
        def run(_: list[str]) -> int:
            builder_mode.check_stage(self.stage)
            return 0

        return self.quietly(run)

    def test_what_is_written_is_right_wrong_or_does_not_compile(self):
        self.start("table")
        self.fill()
        own = builder_mode.read(self.unit())
        self.assertEqual(own.open, ())
        for state in (RIGHT, WRONG, BROKEN):
            self.assertEqual(builder_mode.state(own, Verdict("table", state)), state)

    def test_a_step_goes_on_where_a_function_is_blank(self):
        with mock.patch.object(check, "stages", lambda: [self.stage]):
            self.start("table")
            self.assertIn("check 02", check.what_next())
            self.fill()
            self.assertIn("start 02 --from-headers poll      (one file of this step is not begun)", check.what_next())
            self.start("poll")
            self.mine("src/poll.cpp").write_text(self.poll.read_text())
            self.mine("include/epoll/poll.hpp").write_text(self.header.read_text())
            self.assertIn("All stages", check.what_next())

    def test_a_file_that_is_right_leads_to_the_next_one(self):
        self.start("table")
        self.fill()
        with mock.patch.object(builder_mode, "check_stage", return_value=True):
            self.assertIn("start 02 --from-headers poll", self.quietly(check.run, "table"))


class Opened(BuilderTest):
    """Whole files of the guided way."""

    def setUp(self) -> None:
        super().setUp()
        builder.WHOLE.update({"02": {"table": "2.4", "poll": "2.10"}})
        self.quietly(yours.start, "2")

    def mine(self, name: str = "include/epoll/table.hpp"):
        return self.stage.yours / name

    def write_exercise(self) -> None:
        text = self.mine().read_text()
        self.mine().write_text("int mine(int x) { return x; }\n" +
                               text.replace('sys::todo("2.4 find");', "return mine(key);"))

    def open(self) -> str:
        self.write_exercise()
        return self.quietly(yours.start, "02", "table")

    def test_the_exercises_stay_and_what_they_call_and_the_rest_is_blank(self):
        said = self.open()
        self.assertIn("8 functions are blank", said)
        self.assertIn("./workbook check 02/table", said)
        text = self.mine().read_text()
        self.assertIn("  int find(int key) const {\n    // #region 2.4 find\n    return mine(key);\n    "
                      "// #endregion 2.4\n  }\n", text)
        self.assertIn("int mine(int x) { return x; }\n", text)
        self.assertIn('~Table() { sys::todo("table.~Table"); }', text)
        self.assertNotIn("table-class", text)
        self.assertEqual(self.mine("src/table.cpp").read_text(), self.begun(self.source))
        self.assertIn("src/table.cpp\n", self.mine("overlay.list").read_text())
        self.assertEqual(len(yours.load(self.stage)), 4)

    def test_of_unnamed_namespaces_exercises_stay_and_what_their_bodies_name(self):
        text = ("namespace {\nint a() { return 1; }\nint b() { return 2; }\nint c() {\n  // #region 2.5 c\n"
                "  return a();\n  // #endregion 2.5\n}\n}\nint f() { return b() + c(); }\n")
        self.assertEqual(blanking.blank_around(self.source, text, {"table.f"}),
                         blanking.with_todo(text.replace("int b() { return 2; }\n", "")
                                            .replace("{ return b() + c(); }", '{\n  sys::todo("table.f");\n}')))

    def test_it_is_opened_once_and_when_its_exercises_are_written(self):
        with self.assertRaisesRegex(Failure, "the exercises of table come first: 2.4"):
            yours.start(["02", "table"])
        self.open()
        with self.assertRaisesRegex(Failure, "open already"):
            yours.start(["02", "table"])
        self.stage.yours.rename(self.root / "away")
        with self.assertRaisesRegex(Failure, "not started"):
            yours.start(["02", "table"])
        self.quietly(yours.start, "02", "--from-headers", "poll")
        with self.assertRaisesRegex(Failure, "--from-headers table"):
            yours.start(["02", "table"])

    def alone(self) -> str:
        own = yours.load(self.stage)[self.table]
        return grading.standing_alone(own, own.regions["2.4"])

    def test_an_exercise_of_it_is_judged_in_the_file_as_it_was(self):
        self.write_exercise()
        before, at = self.alone(), self.mine().read_text().split("\n").index("    // #region 2.4 find")
        self.quietly(yours.start, "02", "table")
        now = self.mine().read_text().split("\n").index("    // #region 2.4 find")
        self.assertNotEqual(now, at)
        self.assertEqual(self.alone(), before.replace(f'#line {at + 2} "', f'#line {now + 2} "'))
        self.mine().write_text(self.mine().read_text().replace("mine(key);", "mine(5);"))
        self.assertEqual(self.alone().count("mine(5)"), 1)

    def check(self, state: str = RIGHT) -> tuple[str, builder_mode.Files]:
        """What `check` says about open files when those that are begun are in this state."""
        with mock.patch.object(builder_mode, "grade", lambda own: {
                one.unit.name: Verdict(one.unit.name, state, "02.Table.holds", "failed", tests=1) for one in own}):
            files = builder_mode.Files(self.stage, builder_mode.begun(self.stage))
        with contextlib.redirect_stdout(io.StringIO()) as out:
            files.show({"2.1", "2.2", "2.4"})
        return out.getvalue(), files

    def test_check_names_the_next_function_or_the_next_file(self):
        self.assertIn("The rest of table is yours to write, too:  ./workbook start 02 table", self.check()[0])
        self.open()
        said, files = self.check()
        self.assertIn("  file table: 1 of 9 functions written; next: table.Table\n", said)
        self.assertIn("Next: table, in ", said)
        self.assertTrue(files.unfinished())
        for name, file in (("include/epoll/table.hpp", self.table), ("src/table.cpp", self.source)):
            self.mine(name).write_text(file.read_text())
        said, files = self.check(WRONG)
        self.assertIn("  file table: 9 of 9 functions written; wrong\n", said)
        self.assertTrue(files.unfinished())
        said, files = self.check()
        self.assertEqual(said, "  file table: 9 of 9 functions written; right\n")  # poll: 2.10 is not right
        self.assertFalse(files.unfinished())

    def test_exercises_of_a_file_that_is_right_are_right(self):
        self.open()
        grades = grading.Grades(self.stage, yours.load(self.stage), {"2.4"}, frozenset({self.table}))
        self.assertEqual(grades.verdicts["2.4"].state, RIGHT)

    def test_after_the_exercises_of_a_step_come_its_files(self):
        file = self.mine("src/poll.cpp")
        file.write_text(self.poll.read_text())
        self.mine("include/epoll/poll.hpp").write_text(self.header.read_text())
        self.write_exercise()
        with mock.patch.object(check, "stages", lambda: [self.stage]):
            self.assertIn("workbook start 02 table", check.what_next())
            self.quietly(yours.start, "02", "table")
            self.assertIn("workbook start 02 poll", check.what_next())

    def test_reset_leaves_the_exercises_and_saves_the_rest(self):
        self.open()
        begun = self.mine().read_text()
        self.mine().write_text(begun.replace('sys::todo("table.~Table");', "gone();").replace("mine(key)", "key"))
        self.quietly(help_with.reset, "table")
        self.assertEqual(self.mine().read_text(), begun.replace("mine(key)", "key"))
        saved, = self.mine("saved").iterdir()
        self.assertIn("gone();", saved.read_text())
        self.quietly(help_with.reset, "2.4")
        self.assertIn("2.4 find", builder_mode.read(self.unit()).open)

    def test_a_missing_file_comes_back_open(self):
        self.open()
        begun = self.mine().read_text()
        for word in ("table", "2.4"):
            self.mine().unlink()
            with self.assertRaisesRegex(Failure, "workbook reset table"):
                yours.load(self.stage)
            self.assertIn("It was missing", self.quietly(help_with.reset, word))
            self.assertEqual(self.mine().read_text(), begun)

    def test_solution_has_the_markers_and_list_shows_how_far(self):
        self.assertIn("#region 2.4 find", self.quietly(help_with.solution, "table"))
        self.open()
        with mock.patch.object(listing, "stages", lambda: [self.stage]):
            self.assertRegex(self.quietly(listing.run), r"file      table +9 functions .*\(1 written\)\n"
                             r"  file      poll +3 functions .*poll.cpp\n")

    def test_a_program_is_told_what_is_blank(self):
        self.open()
        with mock.patch.object(run, "stages", lambda: [self.stage]), \
                mock.patch.object(run.stage_build, "program"), \
                contextlib.redirect_stderr(io.StringIO()) as err:
            run.on_mine(self.stage, "x", False)
        self.assertIn("Not written yet: 2.1, 2.2, 2.10, table.Table, ", err.getvalue())

    def test_the_reference_asks_for_a_third_and_each_file_after_its_exercises(self):
        builder.WHOLE.clear()
        builder.WHOLE.update(WHOLE)
        builder.units.cache_clear()
        for stage in stages(ROOT):
            names = [unit.name for unit in builder.whole_files(stage)]
            self.assertEqual(names, list(WHOLE[stage.prefix]))
            order = [milestones.order(after) for after in WHOLE[stage.prefix].values()]
            self.assertEqual(order, sorted(order))
            for unit in builder.whole_files(stage):
                own = [region.order for file in unit.files for region in regions.parse(file) if region.numbered]
                self.assertLessEqual(max(own, default=(0, 0)), milestones.order(WHOLE[stage.prefix][unit.name]))
        with mock.patch.object(builder_mode, "stages", lambda: stages(ROOT)):
            rows = self.quietly(lambda _: builder_mode.list_lines()).split("\n")[3:]
        shares = {row.split()[0]: int(row.split()[3]) for row in rows if row}
        self.assertGreaterEqual(shares.pop("all"), 35)
        self.assertGreaterEqual(min(shares.values()), 25)


class Proof(BuilderTest):
    def test_a_body_that_is_an_exercise_is_proved_with_that(self):
        with mock.patch.object(proofs, "stages", lambda: [self.stage]):
            names = [function.body.name for function in proofs.blank_functions()]
        self.assertNotIn("table.find", names)
        self.assertIn("table.find (2)", names)
        self.assertNotIn("poll.make", names)


if __name__ == "__main__":
    unittest.main()
