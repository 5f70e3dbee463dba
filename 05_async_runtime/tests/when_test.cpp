#include "async/sync/when.hpp"

#include "../../03_request_context/tests/allocations.hpp"
#include "testing.hpp"

namespace async::testing {
namespace {

Task<int> slow_number(int value, int rounds) {
  co_await turns(rounds);
  co_return value;
}
Task<std::unique_ptr<int>> owner(int value) {
  co_return std::make_unique<int>(value);
}
Task<> note(int& count) {
  ++count;
  co_return;
}
Task<int> throw_it(std::string what) {
  if (!what.empty()) throw std::runtime_error(what);
  co_return 0;
}

ASYNC_TEST(WhenAll, gives_the_results_of_tasks_of_different_kinds) {
  int count = 0;
  auto all = co_await when_all(slow_number(1, 3), owner(2), note(count));
  EXPECT_EQ(std::get<0>(all), 1);
  EXPECT_EQ(*std::get<1>(all), 2);
  EXPECT_EQ(count, 1);
}

ASYNC_TEST(WhenAll, gives_the_results_of_many_tasks_of_one_kind) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(slow_number(i, 5 - i));
  const std::vector<int> values = co_await when_all(std::move(tasks));
  EXPECT_EQ(values, (std::vector<int>{0, 1, 2, 3, 4})) << "in the order in which they were given";
}

ASYNC_TEST(WhenAll, of_no_tasks_is_no_results) {
  EXPECT_TRUE((co_await when_all(std::vector<Task<int>>())).empty());
}

ASYNC_TEST(WhenAll, runs_them_side_by_side) {
  Event event;
  const auto set = [&]() -> Task<> {
    event.set();
    co_return;
  };
  EXPECT_TRUE(std::get<0>(co_await when_all(event.wait(), set())));
}

ASYNC_TEST(WhenAll, throws_the_first_exception_after_all_are_over) {
  Gate gate;
  EXPECT_EQ(co_await thrown_in(when_all(pass(gate), throw_it("one"), throw_it("two"))), "one");
  EXPECT_EQ(Runtime::here().tasks(), 1U) << "all the others are over";
}

Task<sys::Result<int>> refuse() {
  co_return sys::failure(EACCES);
}
ASYNC_TEST(WhenAll, an_error_is_a_result_like_any_other) {
  auto both = co_await when_all(refuse(), slow_number(1, 3));
  EXPECT_EQ(std::get<0>(both).error(), std::errc::permission_denied);
  EXPECT_EQ(std::get<1>(both), 1) << "an error of one does not stop the other";
}

ASYNC_TEST(WhenAll, cancelling_the_task_that_waits_cancels_all) {
  Gate first, second;
  auto handle = co_await started(when_all(pass(first), pass(second)));
  const auto both = co_await cancelled(handle);
  EXPECT_EQ(std::get<0>(*both).error(), std::errc::operation_canceled);
  EXPECT_EQ(std::get<1>(*both).error(), std::errc::operation_canceled);
}

// -- when_any -----------------------------------------------------------------------------------

ASYNC_TEST(WhenAny, gives_index_and_value_of_the_first) {
  std::vector<Task<int>> tasks;
  tasks.push_back(slow_number(10, 5));
  tasks.push_back(slow_number(11, 1));
  tasks.push_back(slow_number(12, 5));
  auto any = co_await when_any(std::move(tasks));
  EXPECT_EQ(any.index, 1U);
  EXPECT_EQ(any.value(), 11);
  EXPECT_EQ(any.results, (std::vector<int>{10, 11, 12})) << "all are over";
}

ASYNC_TEST(WhenAny, cancels_the_others_and_waits_for_them) {
  Gate gate;
  Gate open;
  open.is_open = true;
  auto any = co_await when_any(pass(gate), pass(open));
  EXPECT_EQ(any.index, 1U);
  EXPECT_EQ(any.value(), 7);
  EXPECT_EQ(any.results[0].error(), std::errc::operation_canceled);
  EXPECT_EQ(Runtime::here().tasks(), 1U);
}

Task<> loser_takes_its_time(Gate& gate, bool& over) {
  (void)co_await std::move(gate);
  co_await turns(5);
  over = true;
}
ASYNC_TEST(WhenAny, waits_for_a_loser_that_is_slow_to_stop) {
  Gate gate;
  bool over = false;
  auto any = co_await when_any(loser_takes_its_time(gate, over), turns(0));
  EXPECT_EQ(any.index, 1U);
  EXPECT_TRUE(over);
}

ASYNC_TEST(WhenAny, loses_nothing_that_a_loser_has_read) {
  auto first = stream_pair();
  auto second = stream_pair();
  std::array<std::byte, 4> a, b;
  (void)co_await first.second.write_all("aa");
  (void)co_await second.second.write_all("bbb");
  auto any = co_await when_any(first.first.read(a), second.first.read(b));
  EXPECT_EQ(any.index, 0U);
  EXPECT_EQ(any.results[0], 2U);
  if (any.results[1]) {
    EXPECT_EQ(any.results[1], 3U) << "what a loser has read is in the results";
  } else {
    EXPECT_EQ(any.results[1].error(), std::errc::operation_canceled);
    EXPECT_EQ(co_await second.first.read(b), 3U) << "or it has read nothing";
  }
}

ASYNC_TEST(WhenAny, throws_what_the_first_one_throws) {
  Gate gate;
  const auto as_int = [](Gate& at) -> Task<int> {
    const auto passed = co_await std::move(at);
    co_return passed.value_or(-1);
  };
  EXPECT_NE(co_await thrown_in(when_any(as_int(gate), throw_it("first"))), "");
  EXPECT_EQ(Runtime::here().tasks(), 1U);
}

ASYNC_TEST(WhenAny, cancelling_the_task_that_waits_cancels_all) {
  Gate first, second;
  auto handle = co_await started(when_any(pass(first), pass(second)));
  const auto any = co_await cancelled(handle);
  for (const auto& result : any->results) EXPECT_EQ(result.error(), std::errc::operation_canceled);
}

// -- no memory ------------------------------------------------------------------------------------

constexpr std::size_t kLarge = 64 * 1024;
struct Large {
  std::array<char, kLarge> bytes{};
};
Task<Large> make_large() {
  co_return Large();
}
template <class All>
Task<> await_in_a_shortage(All all, bool& is_short) {
  try {
    const allocations::Shortage shortage(kLarge);
    (void)co_await std::move(all);
  } catch (const std::bad_alloc&) {
    is_short = true;
  }
}
TEST(WhenAll, starts_none_if_there_is_no_memory_for_all) {
  int count = 0;
  bool is_short = false;
  block_on(await_in_a_shortage(when_all(note(count), make_large(), note(count)), is_short));
  EXPECT_TRUE(is_short);
  EXPECT_EQ(count, 0);
}

// -- whatever can be awaited ----------------------------------------------------------------------

Task<int> three() {
  co_return 3;
}
ASYNC_TEST(Select, gives_the_first_of_operations_and_tasks_with_results_of_different_types) {
  auto [sender, receiver] = channel<std::string>(2);
  Event event;
  EXPECT_TRUE(sender.try_send("hello"));
  auto first = co_await select(event.wait(), receiver.receive(), sleep_for(1h));
  EXPECT_EQ(first.index, 1U);
  EXPECT_EQ(std::get<0>(first.results).error(), std::errc::operation_canceled);
  EXPECT_EQ(std::get<1>(first.results), "hello");
  EXPECT_EQ(std::get<2>(first.results).error(), std::errc::operation_canceled);
  auto tasks = co_await select(receiver.receive(), three());
  EXPECT_EQ(tasks.index, 1U);
  EXPECT_EQ(std::get<1>(tasks.results), 3);
  EXPECT_TRUE(sender.try_send("later")) << "the receive that has lost has taken nothing";
  EXPECT_EQ(receiver.try_receive(), "later");
}

ASYNC_TEST(Select, loses_nothing_that_was_there_in_the_same_turn) {
  auto [sender, receiver] = channel<int>(2);
  EXPECT_TRUE(sender.try_send(1));
  auto both = co_await select(three(), receiver.receive());
  EXPECT_EQ(both.index, 0U);
  EXPECT_EQ(std::get<1>(both.results).error(), std::errc::operation_canceled) << "not yet begun";
  EXPECT_EQ(receiver.try_receive(), 1) << "and so it has taken nothing";
}

ASYNC_TEST(WhenAll, takes_operations_too) {
  auto [sender, receiver] = channel<int>(2);
  EXPECT_TRUE(sender.try_send(1));
  const auto all = co_await when_all(receiver.receive(), three(), sender.send(2));
  EXPECT_EQ(std::get<0>(all), 1);
  EXPECT_EQ(std::get<1>(all), 3);
  EXPECT_TRUE(std::get<2>(all));
  auto [unused, silent] = channel<int>(1);
  auto any = co_await when_any(silent.receive(), receiver.receive());
  EXPECT_EQ(any.index, 1U);
  EXPECT_EQ(any.value(), 2);
}

Task<bool> truth(bool value) {
  co_return value;
}
ASYNC_TEST(WhenAny, of_bools_has_a_value) {
  auto any = co_await when_any(truth(true), truth(false));
  EXPECT_EQ(any.index, 0U);
  EXPECT_TRUE(any.value());
}

ASYNC_TEST(WhenAny, of_nothing_is_refused) {
  EXPECT_NE(co_await thrown_in<std::invalid_argument>(when_any(std::vector<Task<int>>())), "");
}

}  // namespace
}  // namespace async::testing
