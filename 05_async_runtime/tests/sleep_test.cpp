#include "async/core/sleep.hpp"

#include "testing.hpp"

namespace async::testing::sleep_test {

class Sleep : public WithRuntime {
 protected:
  [[nodiscard]] std::size_t timers() const { return runtime->loop().timers().size(); }
};

ASYNC_TEST_F(Sleep, is_never_shorter_than_asked_for) {
  for (const Duration duration : {Duration(3ms), Duration(1500us)}) {
    const auto before = Clock::now();
    EXPECT_TRUE(co_await sleep_for(duration));
    EXPECT_GE(Clock::now() - before, duration);
  }
}

TEST_F(Sleep, of_no_time_or_less_does_not_wait) {
  const auto sleep_twice = []() -> Task<> {
    EXPECT_TRUE(co_await sleep_for(0ms));
    EXPECT_TRUE(co_await sleep_until(Clock::now() - 1h));
  };
  runtime->spawn(sleep_twice());
  EXPECT_EQ(runtime->run_ready(10), 1U);
  EXPECT_EQ(runtime->tasks(), 0U);
}

Task<> sleep_then_append(Clock::time_point deadline, char name, std::string& log) {
  (void)co_await sleep_until(deadline);
  log += name;
}
TEST_F(Sleep, sleepers_wake_in_the_order_of_their_deadlines) {
  std::string log;
  const auto now = Clock::now();
  for (const auto& [name, after] : {std::pair('c', 6ms), std::pair('a', 2ms), std::pair('b', 4ms)})
    runtime->spawn(sleep_then_append(now + after, name, log));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(log, "abc");
}

TEST_F(Sleep, ends_at_once_when_its_task_is_cancelled) {
  auto handle = started(*runtime, sleep_for(24h));
  EXPECT_EQ(timers(), 1U);
  handle.cancel();
  EXPECT_EQ(runtime->block_on(handle.join()).error(), std::errc::operation_canceled);
  EXPECT_EQ(timers(), 0U) << "a sleep that is over leaves no timer behind";
}

TEST_F(Sleep, for_ever_is_no_time_in_the_past) {
  auto handle = started(*runtime, sleep_for(Duration::max()));
  EXPECT_FALSE(handle.done());
  EXPECT_EQ(timers(), 1U);
}

TEST_F(Sleep, a_hundred_thousand_sleeps_are_set_and_cancelled) {
  constexpr std::size_t kMany = 100'000;
  std::vector<JoinHandle<sys::Result<>>> handles(kMany);
  for (auto& handle : handles) handle = runtime->spawn(sleep_for(24h));
  runtime->run_ready(kMany);
  EXPECT_EQ(timers(), kMany);
  for (auto& handle : handles) handle.cancel();
  ASSERT_TRUE(runtime->run());
  EXPECT_TRUE(std::ranges::all_of(handles, [](const auto& handle) { return handle.done(); }));
  EXPECT_EQ(timers(), 0U);
}

TEST_F(Sleep, one_that_is_destroyed_takes_its_timer_along) {
  auto sleep = std::make_unique<SleepOperation>(sleep_for(24h));
  (void)started(*runtime, end_of(*sleep));
  EXPECT_EQ(timers(), 1U);
  sleep.reset();
  EXPECT_EQ(timers(), 0U);
}

ASYNC_TEST_F(Sleep, an_interval_gives_regular_moments) {
  const auto begin = Clock::now();
  Interval interval(2ms);
  for (int i = 1; i <= 5; ++i) {
    EXPECT_TRUE(co_await interval.next());
    EXPECT_GE(Clock::now() - begin, i * 2ms);
  }
}

ASYNC_TEST_F(Sleep, a_task_that_is_late_for_a_moment_gets_the_next_one_on_the_beat) {
  const auto late = Clock::now() + 1ms;
  Interval interval(1us);
  while (Clock::now() < late) continue;  // computes for a thousand periods
  EXPECT_TRUE(co_await interval.next());
  EXPECT_GE(interval.last(), late - 1us) << "not the second moment, nor the third";
}

ASYNC_TEST(Interval, a_next_that_is_cancelled_takes_no_beat) {
  Interval interval(50ms);
  const auto begin = Clock::now();
  while (true) {
    const auto beat = co_await timeout(1ms, interval.next());
    if (beat) break;
    EXPECT_EQ(beat.error(), std::errc::timed_out);
    EXPECT_LT(Clock::now() - begin, 30s) << "each that was given up has taken a beat along";
    if (Clock::now() - begin > 30s) break;
  }
  EXPECT_GE(Clock::now(), begin + 50ms);
}

// Comes so late that three beats are over: the moments, since the first beat, that `next` then ends
// with, until one of them lies ahead.
Task<std::vector<Duration>> come_late(LateBeats late_beats) {
  Interval interval(20ms, late_beats);
  const auto begin = interval.last();
  const auto late = begin + 65ms;
  while (Clock::now() < late) continue;
  std::vector<Duration> moments;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(co_await interval.next());
    moments.push_back(interval.last() - begin);
  }
  co_return moments;
}
void expect_a_beat_between(const std::vector<Duration>& moments) {
  for (std::size_t i = 1; i < moments.size(); ++i) EXPECT_GE(moments[i] - moments[i - 1], 20ms);
}

ASYNC_TEST(Interval, late_beats_are_skipped_and_the_next_is_on_the_beat) {
  const auto moments = co_await come_late(LateBeats::skip);
  EXPECT_GE(moments[0], 60ms) << "two were left out";
  for (const auto moment : moments) EXPECT_EQ(moment % 20ms, 0ms) << "on the beat";
  expect_a_beat_between(moments);
}

ASYNC_TEST(Interval, late_beats_can_be_made_up_for) {
  const auto moments = co_await come_late(LateBeats::burst);
  EXPECT_EQ(moments, (std::vector<Duration>{20ms, 40ms, 60ms, 80ms})) << "none is left out";
}

ASYNC_TEST(Interval, late_beats_can_move_the_beat) {
  const auto moments = co_await come_late(LateBeats::delay);
  EXPECT_GE(moments[0], 65ms) << "it counts from the moment when it was taken";
  expect_a_beat_between(moments);
}

ASYNC_TEST(Interval, a_period_may_be_for_ever_but_not_zero) {
  EXPECT_THROW(Interval(0ms), std::invalid_argument);
  EXPECT_THROW(Interval(-1ms), std::invalid_argument);
  Interval never(Duration::max());
  EXPECT_EQ((co_await timeout(1ms, never.next())).error(), std::errc::timed_out);
}

TEST(SaturatingAdd, ends_at_the_ends_of_the_clock) {
  using epoll::saturating_add;
  constexpr auto kLast = Clock::time_point::max();
  constexpr auto kFirst = Clock::time_point::min();
  EXPECT_EQ(saturating_add(Clock::time_point(5ns), 3ns), Clock::time_point(8ns));
  EXPECT_EQ(saturating_add(Clock::time_point(1ns), Duration::max()), kLast);
  EXPECT_EQ(saturating_add(kLast, 1ns), kLast);
  EXPECT_EQ(saturating_add(kFirst, -1ns), kFirst);
  EXPECT_EQ(saturating_add(Clock::time_point(-1ns), Duration::min()), kFirst);
  EXPECT_EQ(saturating_add(kLast, Duration::min()), Clock::time_point(-1ns));
}

}  // namespace async::testing::sleep_test
