#include "async/sync/when.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../03_request_context/tests/allocations.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::testing::bytes_of;
using async::testing::Gate;
using async::testing::stream_pair;
using async::testing::turns;
using namespace std::chrono_literals;

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
Task<sys::Result<int>> pass(Gate& gate) {
  co_return co_await std::move(gate);
}

Task<> three_kinds() {
  int count = 0;
  auto all = co_await async::when_all(slow_number(1, 3), owner(2), note(count));
  EXPECT_EQ(std::get<0>(all), 1);
  EXPECT_EQ(*std::get<1>(all), 2);
  EXPECT_EQ(count, 1);
}
TEST(WhenAll, gives_the_results_of_tasks_of_different_kinds) {
  async::block_on(three_kinds());
}

Task<> many() {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(slow_number(i, 5 - i));
  const std::vector<int> values = co_await async::when_all(std::move(tasks));
  EXPECT_EQ(values, (std::vector<int>{0, 1, 2, 3, 4})) << "in the order in which they were given";
}
TEST(WhenAll, gives_the_results_of_many_tasks_of_one_kind) {
  async::block_on(many());
}

Task<> none() {
  const auto values = co_await async::when_all(std::vector<Task<int>>());
  EXPECT_TRUE(values.empty());
}
TEST(WhenAll, of_no_tasks_is_no_results) {
  async::block_on(none());
}

Task<> wait_for(async::Event& event) {
  (void)co_await event.wait();
}
Task<> set(async::Event& event) {
  event.set();
  co_return;
}
Task<> side_by_side() {
  async::Event event;
  (void)co_await async::when_all(wait_for(event), set(event));
}
TEST(WhenAll, runs_them_side_by_side) {
  async::block_on(side_by_side());
}

Task<> one_throws() {
  Gate gate;
  std::string text;
  try {
    (void)co_await async::when_all(pass(gate), throw_it("one"), throw_it("two"));
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  EXPECT_EQ(text, "one");
  EXPECT_EQ(async::Runtime::here().tasks(), 1U) << "all the others are over";
}
TEST(WhenAll, throws_the_first_exception_after_all_are_over) {
  async::block_on(one_throws());
}

Task<sys::Result<int>> refuse() {
  co_return sys::failure(EACCES);
}
Task<sys::Result<int>> late_answer() {
  co_await turns(3);
  co_return 1;
}
Task<> errors_are_results() {
  auto both = co_await async::when_all(refuse(), late_answer());
  EXPECT_EQ(std::get<0>(both).error(), std::errc::permission_denied);
  EXPECT_EQ(std::get<1>(both), 1) << "an error of one does not stop the other";
}
TEST(WhenAll, an_error_is_a_result_like_any_other) {
  async::block_on(errors_are_results());
}

Task<> all_at_gates(Gate& first, Gate& second, std::vector<std::error_code>& errors) {
  const auto both = co_await async::when_all(pass(first), pass(second));
  errors = {std::get<0>(both).error(), std::get<1>(both).error()};
}
Task<> cancel_all() {
  Gate first, second;
  std::vector<std::error_code> errors;
  auto handle = async::spawn(all_at_gates(first, second, errors));
  co_await turns(2);
  handle.cancel();
  (void)co_await handle.join();
  EXPECT_EQ(errors,
            (std::vector<std::error_code>(2, std::make_error_code(std::errc::operation_canceled))));
}
TEST(WhenAll, cancelling_the_one_who_waits_cancels_all) {
  async::block_on(cancel_all());
}

// -- when_any -----------------------------------------------------------------------------------

Task<> first_of_three() {
  std::vector<Task<int>> tasks;
  tasks.push_back(slow_number(10, 5));
  tasks.push_back(slow_number(11, 1));
  tasks.push_back(slow_number(12, 5));
  auto any = co_await async::when_any(std::move(tasks));
  EXPECT_EQ(any.index, 1U);
  EXPECT_EQ(any.value(), 11);
  EXPECT_EQ(any.results, (std::vector<int>{10, 11, 12})) << "all are over";
}
TEST(WhenAny, gives_index_and_value_of_the_first) {
  async::block_on(first_of_three());
}

Task<> losers_are_cancelled() {
  Gate gate;
  Gate open;
  open.is_open = true;
  auto any = co_await async::when_any(pass(gate), pass(open));
  EXPECT_EQ(any.index, 1U);
  EXPECT_EQ(any.value(), 7);
  EXPECT_EQ(any.results[0].error(), std::errc::operation_canceled);
  EXPECT_EQ(async::Runtime::here().tasks(), 1U);
}
TEST(WhenAny, cancels_the_others_and_waits_for_them) {
  async::block_on(losers_are_cancelled());
}

Task<> loser_takes_its_time(Gate& gate, bool& over) {
  (void)co_await std::move(gate);
  co_await turns(5);
  over = true;
}
Task<> nothing() {
  co_return;
}
Task<> losers_are_joined() {
  Gate gate;
  bool over = false;
  auto any = co_await async::when_any(loser_takes_its_time(gate, over), nothing());
  EXPECT_EQ(any.index, 1U);
  EXPECT_TRUE(over);
}
TEST(WhenAny, waits_for_a_loser_that_is_slow_to_stop) {
  async::block_on(losers_are_joined());
}

Task<sys::Result<std::size_t>> read_one(async::TcpStream& stream, std::array<std::byte, 4>& into) {
  co_return co_await stream.read(into);
}
Task<> both_readable() {
  auto first = stream_pair();
  auto second = stream_pair();
  std::array<std::byte, 4> a, b;
  (void)co_await first.second.write_all(bytes_of("aa"));
  (void)co_await second.second.write_all(bytes_of("bbb"));
  auto any = co_await async::when_any(read_one(first.first, a), read_one(second.first, b));
  EXPECT_EQ(any.index, 0U);
  EXPECT_EQ(any.results[0], 2U);
  if (any.results[1]) {
    EXPECT_EQ(any.results[1], 3U) << "what a loser has read is in the results";
  } else {
    EXPECT_EQ(any.results[1].error(), std::errc::operation_canceled);
    const auto later = co_await second.first.read(b);
    EXPECT_EQ(later, 3U) << "or it has read nothing";
  }
}
TEST(WhenAny, loses_nothing_that_a_loser_has_read) {
  async::block_on(both_readable());
}

Task<> winner_throws() {
  Gate gate;
  bool caught = false;
  const auto as_int = [](Gate& at) -> Task<int> {
    const auto passed = co_await std::move(at);
    co_return passed.value_or(-1);
  };
  try {
    (void)co_await async::when_any(as_int(gate), throw_it("first"));
  } catch (const std::runtime_error&) {
    caught = true;
  }
  EXPECT_TRUE(caught);
  EXPECT_EQ(async::Runtime::here().tasks(), 1U);
}
TEST(WhenAny, throws_what_the_first_one_throws) {
  async::block_on(winner_throws());
}

Task<> any_at_gates(Gate& first, Gate& second, std::vector<std::error_code>& errors) {
  auto any = co_await async::when_any(pass(first), pass(second));
  errors = {any.results[0].error(), any.results[1].error()};
}
Task<> cancel_any() {
  Gate first, second;
  std::vector<std::error_code> errors;
  auto handle = async::spawn(any_at_gates(first, second, errors));
  co_await turns(2);
  handle.cancel();
  (void)co_await handle.join();
  EXPECT_EQ(errors,
            (std::vector<std::error_code>(2, std::make_error_code(std::errc::operation_canceled))));
}
TEST(WhenAny, cancelling_the_one_who_waits_cancels_all) {
  async::block_on(cancel_any());
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
  async::block_on(
      await_in_a_shortage(async::when_all(note(count), make_large(), note(count)), is_short));
  EXPECT_TRUE(is_short);
  EXPECT_EQ(count, 0);
}

// -- whatever can be awaited ----------------------------------------------------------------------

Task<int> three() {
  co_return 3;
}
Task<> select_different() {
  auto [sender, receiver] = async::channel<std::string>(2);
  async::Event event;
  EXPECT_TRUE(sender.try_send("hello"));
  auto first = co_await async::select(event.wait(), receiver.receive(), async::sleep_for(1h));
  EXPECT_EQ(first.index, 1U);
  EXPECT_EQ(std::get<0>(first.results).error(), std::errc::operation_canceled);
  EXPECT_EQ(std::get<1>(first.results), "hello");
  EXPECT_EQ(std::get<2>(first.results).error(), std::errc::operation_canceled);
  auto tasks = co_await async::select(receiver.receive(), three());
  EXPECT_EQ(tasks.index, 1U);
  EXPECT_EQ(std::get<1>(tasks.results), 3);
  EXPECT_TRUE(sender.try_send("later")) << "the receive that has lost has taken nothing";
  EXPECT_EQ(receiver.try_receive(), "later");
}
TEST(Select, gives_the_first_of_operations_and_tasks_with_results_of_different_types) {
  async::block_on(select_different());
}

Task<> select_ties() {
  auto [sender, receiver] = async::channel<int>(2);
  EXPECT_TRUE(sender.try_send(1));
  auto both = co_await async::select(three(), receiver.receive());
  EXPECT_EQ(both.index, 0U);
  EXPECT_EQ(std::get<1>(both.results).error(), std::errc::operation_canceled) << "not yet begun";
  EXPECT_EQ(receiver.try_receive(), 1) << "and so it has taken nothing";
}
TEST(Select, loses_nothing_that_was_there_in_the_same_turn) {
  async::block_on(select_ties());
}

Task<> all_and_any_of_operations() {
  auto [sender, receiver] = async::channel<int>(2);
  EXPECT_TRUE(sender.try_send(1));
  const auto all = co_await async::when_all(receiver.receive(), three(), sender.send(2));
  EXPECT_EQ(std::get<0>(all), 1);
  EXPECT_EQ(std::get<1>(all), 3);
  EXPECT_TRUE(std::get<2>(all));
  auto [unused, silent] = async::channel<int>(1);
  auto any = co_await async::when_any(silent.receive(), receiver.receive());
  EXPECT_EQ(any.index, 1U);
  EXPECT_EQ(any.value(), 2);
}
TEST(WhenAll, takes_operations_too) {
  async::block_on(all_and_any_of_operations());
}

Task<bool> truth(bool value) {
  co_return value;
}
Task<> any_of_bools() {
  auto any = co_await async::when_any(truth(true), truth(false));
  EXPECT_EQ(any.index, 0U);
  EXPECT_TRUE(any.value());
}
TEST(WhenAny, of_bools_has_a_value) {
  async::block_on(any_of_bools());
}

Task<> any_of_nothing() {
  bool refused = false;
  try {
    (void)co_await async::when_any(std::vector<Task<int>>());
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
}
TEST(WhenAny, of_nothing_is_refused) {
  async::block_on(any_of_nothing());
}

}  // namespace
