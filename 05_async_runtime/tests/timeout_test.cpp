#include "async/sync/timeout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <thread>

#include "testing.hpp"

namespace {

using async::Task;
using async::testing::bytes_of;
using async::testing::Gate;
using async::testing::stream_pair;
using async::testing::turns;
using namespace std::chrono_literals;

Task<sys::Result<int>> pass(Gate& gate) {
  co_return co_await std::move(gate);
}
Task<sys::Result<int>> answer(int value) {
  co_return value;
}

Task<> too_long() {
  Gate gate;
  const auto result = co_await async::timeout(1ms, pass(gate));
  EXPECT_EQ(result.error(), std::errc::timed_out);
  EXPECT_EQ(async::Runtime::here().tasks(), 1U) << "the task that was too slow is over, too";
  EXPECT_EQ(async::Runtime::here().loop().timers().size(), 0U);
}
TEST(Timeout, ends_with_timed_out_if_the_task_takes_too_long) {
  async::block_on(too_long());
}

Task<> in_time() {
  const auto result = co_await async::timeout(1h, answer(4));
  EXPECT_EQ(result, 4);
  EXPECT_EQ(async::Runtime::here().loop().timers().size(), 0U) << "the alarm is off";
}
TEST(Timeout, gives_the_result_of_a_task_that_is_done_in_time) {
  async::block_on(in_time());
}

Task<sys::Result<int>> refuse() {
  co_return sys::failure(EACCES);
}
Task<> own_error() {
  const auto result = co_await async::timeout(1h, refuse());
  EXPECT_EQ(result.error(), std::errc::permission_denied);
}
TEST(Timeout, gives_the_error_of_a_task_that_fails_in_time) {
  async::block_on(own_error());
}

Task<sys::Result<int>> stubborn(Gate& gate) {
  (void)co_await std::move(gate);
  co_return 9;
}
Task<> result_wins() {
  Gate gate;
  const auto result = co_await async::timeout(1ms, stubborn(gate));
  EXPECT_EQ(result, 9) << "it has a result in spite of the limit: nothing is lost";
}
TEST(Timeout, a_result_that_came_all_the_same_wins) {
  async::block_on(result_wins());
}

Task<sys::Result<int>> throws(Gate& gate) {
  (void)co_await std::move(gate);
  throw std::runtime_error("late");
}
Task<> exception_wins() {
  Gate gate;
  bool caught = false;
  try {
    (void)co_await async::timeout(1ms, throws(gate));
  } catch (const std::runtime_error&) {
    caught = true;
  }
  EXPECT_TRUE(caught);
}
TEST(Timeout, throws_what_the_task_throws) {
  async::block_on(exception_wins());
}

Task<> limit(Gate& gate, sys::Result<int>& result) {
  result = co_await async::timeout(1h, pass(gate));
}
Task<> cancel_it() {
  Gate gate;
  sys::Result<int> result = 0;
  auto handle = async::spawn(limit(gate, result));
  co_await turns(2);
  handle.cancel();
  (void)co_await handle.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled) << "not the limit's doing";
}
TEST(Timeout, cancelled_from_outside_it_ends_as_cancelled) {
  async::block_on(cancel_it());
}

Task<> read_too_long() {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer;
  const auto nothing = co_await async::timeout(1ms, a.read(buffer));
  EXPECT_EQ(nothing.error(), std::errc::timed_out);
  const auto written = co_await b.write_all(bytes_of("hello"));
  EXPECT_TRUE(written);
  const auto count = co_await async::timeout(1h, a.read(buffer));
  EXPECT_EQ(count, 5U) << "the read that was cancelled has taken no byte";
}
TEST(Timeout, limits_a_single_operation) {
  async::block_on(read_too_long());
}

Task<> nested() {
  Gate gate;
  const auto outer_first = co_await async::timeout(1ms, async::timeout(1h, pass(gate)));
  EXPECT_EQ(outer_first.error(), std::errc::timed_out);
  const auto inner_first = co_await async::timeout(1h, async::timeout(1ms, pass(gate)));
  EXPECT_EQ(inner_first.error(), std::errc::timed_out);
}
TEST(Timeout, limits_may_be_nested) {
  async::block_on(nested());
}

Task<> no_time() {
  Gate gate;
  const auto none = co_await async::timeout(0ms, pass(gate));
  EXPECT_EQ(none.error(), std::errc::timed_out);
  const auto for_ever = co_await async::timeout(async::Duration::max(), answer(1));
  EXPECT_EQ(for_ever, 1);
}
TEST(Timeout, the_limit_may_be_nothing_or_for_ever) {
  async::block_on(no_time());
}

// -- race ---------------------------------------------------------------------------------------

Task<> race_at(Gate& gate, std::stop_token token, sys::Result<int>& result) {
  result = co_await async::stop_when(std::move(token), pass(gate));
}
Task<> stop_it() {
  Gate gate;
  std::stop_source source;
  sys::Result<int> result = 0;
  auto handle = async::spawn(race_at(gate, source.get_token(), result));
  co_await turns(2);
  EXPECT_FALSE(handle.done());
  source.request_stop();
  (void)co_await handle.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}
TEST(Race, a_stop_request_ends_the_operation) {
  async::block_on(stop_it());
}

Task<> stopped_before() {
  Gate gate;
  std::stop_source source;
  source.request_stop();
  const auto result = co_await async::stop_when(source.get_token(), pass(gate));
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}
TEST(Race, a_request_that_came_before_ends_it_too) {
  async::block_on(stopped_before());
}

Task<> never_stopped() {
  std::stop_source source;
  const auto result = co_await async::stop_when(source.get_token(), answer(2));
  EXPECT_EQ(result, 2);
  source.request_stop();  // nobody is left to be told
}
TEST(Race, without_a_request_the_operation_gives_its_result) {
  async::block_on(never_stopped());
}

TEST(Race, another_thread_may_request_the_stop) {
  for (int i = 0; i < 20; ++i) {
    Gate gate;
    std::stop_source source;
    sys::Result<int> result = 0;
    auto runtime = async::Runtime::create().value();
    std::thread other([&source] { source.request_stop(); });
    runtime->block_on(race_at(gate, source.get_token(), result));
    other.join();
    EXPECT_EQ(result.error(), std::errc::operation_canceled);
  }
}

// -- what is there already ------------------------------------------------------------------------

Task<sys::Result<std::size_t>> read_some(async::TcpStream& stream, std::span<std::byte> buffer) {
  co_return co_await stream.read(buffer);
}
Task<> there_already() {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer;
  (void)co_await b.write_all(bytes_of("hello"));
  const auto by_operation = co_await async::timeout(0ms, a.read(buffer));
  EXPECT_EQ(by_operation, 5U);
  (void)co_await b.write_all(bytes_of("hello"));
  const auto by_task = co_await async::timeout(0ms, read_some(a, buffer));
  EXPECT_EQ(by_task, 5U);
  auto [sender, receiver] = async::channel<int>(1);
  EXPECT_TRUE(sender.try_send(1));
  const auto message = co_await async::timeout(0ms, receiver.receive());
  EXPECT_EQ(message, 1);
  const auto sent = co_await async::timeout(0ms, sender.send(2));
  EXPECT_TRUE(sent);
  auto over = async::spawn(answer(3));
  co_await turns(2);
  const auto joined = co_await async::timeout(0ms, over.join());
  EXPECT_EQ(joined, 3);
}
TEST(Timeout, a_result_that_is_there_wins_over_a_limit_of_nothing) {
  async::block_on(there_already());
}

Task<> compute_for(async::Duration duration) {
  const auto end = async::Clock::now() + duration;
  while (async::Clock::now() < end) continue;
  co_return;
}
Task<> receive_in_time(async::Receiver<int>& receiver, sys::Result<int>& message) {
  message = co_await async::timeout(1ms, receiver.receive());
}
Task<> busy_others() {
  auto [sender, receiver] = async::channel<int>(1);
  EXPECT_TRUE(sender.try_send(1));
  sys::Result<int> message = 0;
  auto receiving = async::spawn(receive_in_time(receiver, message));
  auto busy = async::spawn(compute_for(20ms));
  (void)co_await receiving.join();
  (void)co_await busy.join();
  EXPECT_EQ(message, 1) << "it was there before the limit was over";
}
TEST(Timeout, a_result_that_is_there_wins_though_others_compute_for_longer_than_the_limit) {
  async::block_on(busy_others());
}

Task<> passes(Gate& gate) {
  (void)co_await std::move(gate);
}
Task<int> plain(int value) {
  co_return value;
}
Task<> whatever_can_be_awaited() {
  const auto value = co_await async::timeout(1h, plain(5));
  EXPECT_EQ(value, 5) << "a task that returns no Result";
  Gate shut;
  const auto late = co_await async::timeout(1ms, passes(shut));
  EXPECT_EQ(late.error(), std::errc::timed_out) << "a task that returns nothing";
  Gate open;
  open.is_open = true;
  const auto in_time = co_await async::timeout(1h, passes(open));
  EXPECT_TRUE(in_time);
  async::Event event;
  const auto waited = co_await async::timeout(1ms, event.wait());
  EXPECT_EQ(waited.error(), std::errc::timed_out);
  async::Semaphore none(0);
  const auto acquired = co_await async::timeout(1ms, none.acquire());
  EXPECT_EQ(acquired.error(), std::errc::timed_out);
  const auto slept = co_await async::timeout(1ms, async::sleep_for(1h));
  EXPECT_EQ(slept.error(), std::errc::timed_out);
  auto [sender, receiver] = async::channel<int>(1);
  EXPECT_TRUE(sender.try_send(1));
  const auto full = co_await async::timeout(1ms, sender.send(2));
  EXPECT_EQ(full.error(), std::errc::timed_out);
  EXPECT_EQ(receiver.try_receive(), 1);
  EXPECT_FALSE(receiver.try_receive()) << "what was given up was not sent";
}
TEST(Timeout, limits_whatever_can_be_awaited) {
  async::block_on(whatever_can_be_awaited());
}

Task<> limited_join() {
  Gate gate;
  async::TaskGroup group;
  group.spawn(passes(gate));
  const auto joined = co_await async::timeout(1ms, group.join());
  EXPECT_EQ(joined.error(), std::errc::timed_out);
  EXPECT_TRUE(group.is_empty()) << "its tasks were asked to stop, and waited for";
}
TEST(Timeout, of_a_join_of_a_group_asks_its_tasks_to_stop) {
  async::block_on(limited_join());
}

}  // namespace
