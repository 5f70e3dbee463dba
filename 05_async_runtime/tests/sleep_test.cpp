#include "async/sleep.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "testing.hpp"

namespace {

using async::Clock;
using async::Task;
using namespace std::chrono_literals;

Task<async::Duration> time_of_sleep(async::Duration duration) {
  const auto before = Clock::now();
  const auto slept = co_await async::sleep_for(duration);
  EXPECT_TRUE(slept);
  co_return Clock::now() - before;
}
TEST(Sleep, is_never_shorter_than_asked_for) {
  EXPECT_GE(async::block_on(time_of_sleep(3ms)), 3ms);
  EXPECT_GE(async::block_on(time_of_sleep(1500us)), 1500us);
}

TEST(Sleep, of_no_time_or_less_does_not_wait) {
  auto runtime = async::Runtime::create().value();
  const auto sleep_twice = []() -> Task<> {
    const auto none = co_await async::sleep_for(0ms);
    EXPECT_TRUE(none);
    const auto past = co_await async::sleep_until(Clock::now() - 1h);
    EXPECT_TRUE(past);
  };
  runtime->spawn(sleep_twice());
  EXPECT_EQ(runtime->ready().run(10), 1U);
  EXPECT_EQ(runtime->tasks(), 0U);
}

Task<> sleep_and_note(Clock::time_point deadline, int name, std::vector<int>& log) {
  (void)co_await async::sleep_until(deadline);
  log.push_back(name);
}
TEST(Sleep, sleepers_wake_in_the_order_of_their_deadlines) {
  auto runtime = async::Runtime::create().value();
  std::vector<int> log;
  const auto now = Clock::now();
  runtime->spawn(sleep_and_note(now + 6ms, 3, log));
  runtime->spawn(sleep_and_note(now + 2ms, 1, log));
  runtime->spawn(sleep_and_note(now + 4ms, 2, log));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(log, (std::vector<int>{1, 2, 3}));
}

Task<sys::Result<>> sleep_long() {
  co_return co_await async::sleep_for(24h);
}
Task<> cancel_a_sleep() {
  auto handle = async::spawn(sleep_long());
  co_await async::testing::turns(1);
  auto& timers = async::Runtime::here().loop().timers();
  EXPECT_EQ(timers.size(), 1U);
  handle.cancel();
  const auto result = co_await handle.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_EQ(timers.size(), 0U) << "a sleep that is over leaves no timer behind";
}
TEST(Sleep, ends_at_once_when_its_task_is_cancelled) {
  async::block_on(cancel_a_sleep());
}

TEST(Sleep, for_ever_is_no_time_in_the_past) {
  auto runtime = async::Runtime::create().value();
  const auto sleep_for_ever = []() -> Task<> {
    (void)co_await async::sleep_for(async::Duration::max());
  };
  auto handle = runtime->spawn(sleep_for_ever());
  runtime->ready().run(10);
  EXPECT_FALSE(handle.done());
  EXPECT_EQ(runtime->loop().timers().size(), 1U);
}

Task<> sleep_until_cancelled(int& over) {
  (void)co_await async::sleep_for(24h);
  ++over;
}
TEST(Sleep, a_hundred_thousand_sleeps_are_set_and_cancelled) {
  constexpr int kMany = 100'000;
  auto runtime = async::Runtime::create().value();
  int over = 0;
  std::vector<async::JoinHandle<>> handles;
  handles.reserve(kMany);
  for (int i = 0; i < kMany; ++i) handles.push_back(runtime->spawn(sleep_until_cancelled(over)));
  runtime->ready().run(kMany);
  EXPECT_EQ(runtime->loop().timers().size(), static_cast<std::size_t>(kMany));
  for (auto& handle : handles) handle.cancel();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(over, kMany);
  EXPECT_EQ(runtime->loop().timers().size(), 0U);
}

TEST(Sleep, one_that_is_destroyed_takes_its_timer_along) {
  auto runtime = async::Runtime::create().value();
  auto sleep = std::make_unique<async::SleepOperation>(async::sleep_for(24h));
  const auto wait = [](async::SleepOperation& given) -> Task<> { (void)co_await given; };
  runtime->spawn(wait(*sleep));
  runtime->ready().run(10);
  EXPECT_EQ(runtime->loop().timers().size(), 1U);
  sleep.reset();
  EXPECT_EQ(runtime->loop().timers().size(), 0U);
}

Task<> beat(int times) {
  const auto begin = Clock::now();
  async::Interval interval(2ms);
  for (int i = 1; i <= times; ++i) {
    const auto moment = co_await interval.next();
    EXPECT_TRUE(moment);
    EXPECT_GE(Clock::now() - begin, i * 2ms);
  }
}
TEST(Sleep, an_interval_gives_regular_moments) {
  async::block_on(beat(5));
}

TEST(Sleep, who_is_late_for_a_moment_gets_the_next_one_on_the_beat) {
  const auto begin = Clock::now();
  async::Interval interval(1us);
  const auto late = begin + 1ms;
  while (Clock::now() < late) continue;  // computes for a thousand periods
  const auto next = [](async::Interval& given) -> Task<> {
    const auto moment = co_await given.next();
    EXPECT_TRUE(moment);
  };
  async::block_on(next(interval));
  EXPECT_GE(interval.last(), late - 1us) << "not the second moment, nor the third";
}

}  // namespace
