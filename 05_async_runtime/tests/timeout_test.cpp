#include "async/timeout.hpp"

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
  co_return co_await gate;
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
  (void)co_await gate;
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
  (void)co_await gate;
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
  result = co_await async::race(std::move(token), pass(gate));
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
  const auto result = co_await async::race(source.get_token(), pass(gate));
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}
TEST(Race, a_request_that_came_before_ends_it_too) {
  async::block_on(stopped_before());
}

Task<> never_stopped() {
  std::stop_source source;
  const auto result = co_await async::race(source.get_token(), answer(2));
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

}  // namespace
