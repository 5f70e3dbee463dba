#include "async/core/waiter.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "testing.hpp"

namespace {

using async::Task;
using async::testing::Gate;
using async::testing::pass;

// A task that waits at a gate, and how far it has come.
class Waiter : public ::testing::Test {
 protected:
  void start() {
    handle.emplace(runtime->spawn(pass(gate, result, times)));
    turn();
  }
  void turn() { runtime->run_ready(100); }

  std::unique_ptr<async::Runtime> runtime = async::Runtime::create().value();
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
  std::optional<async::JoinHandle<>> handle;
};

TEST_F(Waiter, an_operation_that_is_done_at_once_does_not_suspend) {
  gate.is_open = true;
  start();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result, 7);
  EXPECT_EQ(gate.attempts, 1);
}

TEST_F(Waiter, waits_until_it_is_woken_and_then_tries_again) {
  start();
  turn();
  EXPECT_EQ(times, 0);
  gate.is_open = true;
  turn();
  EXPECT_EQ(times, 0) << "nobody has woken it";
  gate.wake();
  EXPECT_EQ(times, 0) << "waking only moves it to the ready list";
  turn();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result, 7);
}

TEST_F(Waiter, woken_twice_it_goes_on_once) {
  start();
  gate.is_open = true;
  gate.wake();
  gate.wake();
  turn();
  gate.wake();
  turn();
  EXPECT_EQ(times, 1);
}

TEST_F(Waiter, woken_for_nothing_it_parks_again_and_that_is_counted) {
  start();
  gate.wake();
  turn();
  EXPECT_EQ(times, 0);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 1U);
  gate.is_open = true;
  gate.wake();
  turn();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 1U);
}

TEST_F(Waiter, that_cannot_park_is_over_with_the_reason) {
  gate.can_park = false;
  start();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result.error(), std::errc::permission_denied);
}

TEST_F(Waiter, that_cannot_park_again_is_over_with_the_reason) {
  start();
  gate.can_park = false;
  gate.wake();
  turn();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result.error(), std::errc::permission_denied);
}

TEST_F(Waiter, ends_as_cancelled_when_its_task_is_asked_to_stop) {
  start();
  handle->cancel();
  handle->cancel();
  EXPECT_EQ(times, 0) << "cancelling resumes nobody";
  turn();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}

TEST_F(Waiter, that_begins_after_the_request_ends_as_cancelled_without_an_attempt) {
  gate.is_open = true;
  handle.emplace(runtime->spawn(pass(gate, result, times)));
  handle->cancel();
  turn();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_EQ(gate.attempts, 0);
}

TEST_F(Waiter, woken_and_then_cancelled_in_one_turn_it_ends_with_its_result) {
  start();
  gate.is_open = true;
  gate.wake();
  handle->cancel();
  turn();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result, 7);
}

TEST_F(Waiter, cancelled_and_then_woken_in_one_turn_it_ends_with_its_result) {
  start();
  handle->cancel();
  gate.is_open = true;
  gate.wake();
  turn();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result, 7);
}

TEST_F(Waiter, destroyed_while_it_is_parked_its_task_is_never_resumed) {
  std::optional<Gate> own(std::in_place);
  handle.emplace(runtime->spawn(pass(*own, result, times)));
  turn();
  own.reset();
  handle->cancel();
  turn();
  EXPECT_EQ(times, 0);
}

TEST_F(Waiter, outlives_the_coroutine_that_awaited_it_and_wakes_nobody_then) {
  start();
  runtime.reset();
  gate.wake();
  EXPECT_EQ(times, 0);
}

Task<> catch_it(Gate& gate, std::string& text) {
  try {
    (void)co_await std::move(gate);
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
}
TEST_F(Waiter, an_attempt_that_throws_throws_from_the_co_await) {
  std::string text;
  gate.attempt_throws = true;
  runtime->spawn(catch_it(gate, text));
  turn();
  EXPECT_EQ(text, "attempt");
}

TEST_F(Waiter, an_attempt_that_throws_in_a_later_turn_throws_from_the_co_await_too) {
  std::string text;
  runtime->spawn(catch_it(gate, text));
  turn();
  gate.attempt_throws = true;
  gate.wake();
  EXPECT_NO_THROW(turn());
  EXPECT_EQ(text, "attempt");
}

Task<> never_waits(int& count, const bool& enough) {
  while (!enough) {
    Gate open;
    open.is_open = true;
    (void)co_await std::move(open);
    ++count;
  }
}
Task<> be_enough(bool& enough) {
  enough = true;
  co_return;
}
TEST_F(Waiter, a_task_whose_operations_never_wait_still_lets_others_have_their_turn) {
  int count = 0;
  bool enough = false;
  runtime->spawn(never_waits(count, enough));
  runtime->spawn(be_enough(enough));
  turn();
  EXPECT_GT(count, 10) << "but not after each of them";
  turn();
  EXPECT_TRUE(enough);
  EXPECT_EQ(runtime->tasks(), 0U);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U);
}

}  // namespace
