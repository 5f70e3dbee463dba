#include "async/sync/when.hpp"

#include "allocations.hpp"
#include "testing.hpp"

namespace async::testing::when_test {

Task<int> slow_number(int value, int rounds) {
  co_await turns(rounds);
  co_return value;
}

ASYNC_TEST(WhenAll, gives_the_results_of_tasks_of_different_kinds) {
  int count = 0;
  auto all = co_await when_all(slow_number(1, 3), just(std::make_unique<int>(2)), increment(count));
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
  auto set = task_of([&] { event.set(); });
  EXPECT_TRUE(std::get<0>(co_await when_all(event.wait(), std::move(set))));
}

ASYNC_TEST(WhenAll, throws_the_first_exception_after_all_are_over) {
  Gate gate;
  EXPECT_EQ(co_await thrown_in(when_all(pass(gate), throws("one"), throws("two"))), "one");
  EXPECT_EQ(Runtime::here().tasks(), 1U) << "all the others are over";
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

ASYNC_TEST(WhenAny, waits_for_a_loser_that_is_slow_to_stop) {
  Gate gate;
  bool over = false;
  const auto any = co_await when_any(slow_to_stop(gate, over), turns(0));
  EXPECT_EQ(any.index, 1U);
  EXPECT_TRUE(over);
}

ASYNC_TEST(WhenAny, loses_nothing_that_a_loser_has_read) {
  auto first = stream_pair();
  auto second = stream_pair();
  co_await send(first.second, "aa");
  co_await send(second.second, "bbb");
  auto any = co_await when_any(read_once(first.first), read_once(second.first));
  EXPECT_EQ(any.index, 0U);
  EXPECT_EQ(any.results[0], 2U);
  if (!any.results[1]) {  // then it has read nothing
    EXPECT_EQ(any.results[1].error(), std::errc::operation_canceled);
    any.results[1] = co_await read_once(second.first);
  }
  EXPECT_EQ(any.results[1], 3U) << "what a loser has read is in the results";
}

Task<int> pass_as_int(Gate& gate) {
  co_return (co_await std::move(gate)).value_or(-1);
}
ASYNC_TEST(WhenAny, throws_what_the_first_one_throws) {
  Gate gate;
  EXPECT_EQ(co_await thrown_in(when_any(pass_as_int(gate), throws("first"))), "first");
  EXPECT_EQ(Runtime::here().tasks(), 1U);
}

ASYNC_TEST(WhenAny, cancelling_the_task_that_waits_cancels_all) {
  Gate first, second;
  auto handle = co_await started(when_any(pass(first), pass(second)));
  const auto any = co_await cancelled(handle);
  for (const auto& result : any->results) EXPECT_EQ(result.error(), std::errc::operation_canceled);
}

constexpr std::size_t kLarge = 64 * 1024;
struct Large {
  std::array<char, kLarge> bytes{};
};
ASYNC_TEST(WhenAll, starts_none_if_there_is_no_memory_for_all) {
  int count = 0;
  auto all = when_all(increment(count), just(Large()), increment(count));
  bool is_short = false;
  try {
    const allocations::Shortage shortage(kLarge);
    (void)co_await std::move(all);
  } catch (const std::bad_alloc&) {
    is_short = true;
  }
  EXPECT_TRUE(is_short);
  EXPECT_EQ(count, 0);
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
  auto tasks = co_await select(receiver.receive(), just(3));
  EXPECT_EQ(tasks.index, 1U);
  EXPECT_EQ(std::get<1>(tasks.results), 3);
  EXPECT_TRUE(sender.try_send("later")) << "the receive that has lost has taken nothing";
  EXPECT_EQ(receiver.try_receive(), "later");
}

ASYNC_TEST(Select, loses_nothing_that_was_there_in_the_same_turn) {
  auto [sender, receiver] = channel<int>(2);
  EXPECT_TRUE(sender.try_send(1));
  auto both = co_await select(just(3), receiver.receive());
  EXPECT_EQ(both.index, 0U);
  EXPECT_EQ(std::get<1>(both.results).error(), std::errc::operation_canceled) << "not yet begun";
  EXPECT_EQ(receiver.try_receive(), 1) << "and so it has taken nothing";
}

ASYNC_TEST(WhenAll, takes_operations_too) {
  auto [sender, receiver] = channel<int>(2);
  EXPECT_TRUE(sender.try_send(1));
  const auto all = co_await when_all(receiver.receive(), just(3), sender.send(2));
  EXPECT_EQ(std::get<0>(all), 1);
  EXPECT_EQ(std::get<1>(all), 3);
  EXPECT_TRUE(std::get<2>(all));
  auto [unused, silent] = channel<int>(1);
  auto any = co_await when_any(silent.receive(), receiver.receive());
  EXPECT_EQ(any.index, 1U);
  EXPECT_EQ(any.value(), 2);
}

ASYNC_TEST(WhenAny, of_bools_has_a_value) {
  auto any = co_await when_any(just(true), just(false));
  EXPECT_EQ(any.index, 0U);
  EXPECT_TRUE(any.value());
}

ASYNC_TEST(WhenAny, of_nothing_is_refused) {
  EXPECT_NE(co_await thrown_in<std::invalid_argument>(when_any(std::vector<Task<int>>())), "");
}

}  // namespace async::testing::when_test
