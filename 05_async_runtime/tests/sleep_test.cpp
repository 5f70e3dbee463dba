#include "async/core/sleep.hpp"

#include "testing.hpp"

namespace async::testing {
namespace {

Task<Duration> time_of_sleep(Duration duration) {
  const auto before = Clock::now();
  EXPECT_TRUE(co_await sleep_for(duration));
  co_return Clock::now() - before;
}
TEST(Sleep, is_never_shorter_than_asked_for) {
  EXPECT_GE(block_on(time_of_sleep(3ms)), 3ms);
  EXPECT_GE(block_on(time_of_sleep(1500us)), 1500us);
}

TEST(Sleep, of_no_time_or_less_does_not_wait) {
  auto runtime = Runtime::create().value();
  const auto sleep_twice = []() -> Task<> {
    EXPECT_TRUE(co_await sleep_for(0ms));
    EXPECT_TRUE(co_await sleep_until(Clock::now() - 1h));
  };
  runtime->spawn(sleep_twice());
  EXPECT_EQ(runtime->run_ready(10), 1U);
  EXPECT_EQ(runtime->tasks(), 0U);
}

Task<> sleep_and_note(Clock::time_point deadline, int name, std::vector<int>& log) {
  (void)co_await sleep_until(deadline);
  log.push_back(name);
}
TEST(Sleep, sleepers_wake_in_the_order_of_their_deadlines) {
  auto runtime = Runtime::create().value();
  std::vector<int> log;
  const auto now = Clock::now();
  runtime->spawn(sleep_and_note(now + 6ms, 3, log));
  runtime->spawn(sleep_and_note(now + 2ms, 1, log));
  runtime->spawn(sleep_and_note(now + 4ms, 2, log));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(log, (std::vector<int>{1, 2, 3}));
}

Task<sys::Result<>> sleep_long() {
  co_return co_await sleep_for(24h);
}
ASYNC_TEST(Sleep, ends_at_once_when_its_task_is_cancelled) {
  auto handle = co_await started(sleep_long(), 1);
  auto& timers = Runtime::here().loop().timers();
  EXPECT_EQ(timers.size(), 1U);
  handle.cancel();
  EXPECT_EQ((co_await handle.join()).error(), std::errc::operation_canceled);
  EXPECT_EQ(timers.size(), 0U) << "a sleep that is over leaves no timer behind";
}

TEST(Sleep, for_ever_is_no_time_in_the_past) {
  auto runtime = Runtime::create().value();
  const auto sleep_for_ever = []() -> Task<> { (void)co_await sleep_for(Duration::max()); };
  auto handle = runtime->spawn(sleep_for_ever());
  runtime->run_ready(10);
  EXPECT_FALSE(handle.done());
  EXPECT_EQ(runtime->loop().timers().size(), 1U);
}

Task<> sleep_until_cancelled(int& over) {
  (void)co_await sleep_for(24h);
  ++over;
}
TEST(Sleep, a_hundred_thousand_sleeps_are_set_and_cancelled) {
  constexpr int kMany = 100'000;
  auto runtime = Runtime::create().value();
  int over = 0;
  std::vector<JoinHandle<>> handles;
  handles.reserve(kMany);
  for (int i = 0; i < kMany; ++i) handles.push_back(runtime->spawn(sleep_until_cancelled(over)));
  runtime->run_ready(kMany);
  EXPECT_EQ(runtime->loop().timers().size(), static_cast<std::size_t>(kMany));
  for (auto& handle : handles) handle.cancel();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(over, kMany);
  EXPECT_EQ(runtime->loop().timers().size(), 0U);
}

TEST(Sleep, one_that_is_destroyed_takes_its_timer_along) {
  auto runtime = Runtime::create().value();
  auto sleep = std::make_unique<SleepOperation>(sleep_for(24h));
  const auto wait = [](SleepOperation& given) -> Task<> { (void)co_await std::move(given); };
  runtime->spawn(wait(*sleep));
  runtime->run_ready(10);
  EXPECT_EQ(runtime->loop().timers().size(), 1U);
  sleep.reset();
  EXPECT_EQ(runtime->loop().timers().size(), 0U);
}

Task<> beat(int times) {
  const auto begin = Clock::now();
  Interval interval(2ms);
  for (int i = 1; i <= times; ++i) {
    EXPECT_TRUE(co_await interval.next());
    EXPECT_GE(Clock::now() - begin, i * 2ms);
  }
}
TEST(Sleep, an_interval_gives_regular_moments) {
  block_on(beat(5));
}

TEST(Sleep, who_is_late_for_a_moment_gets_the_next_one_on_the_beat) {
  const auto begin = Clock::now();
  Interval interval(1us);
  const auto late = begin + 1ms;
  while (Clock::now() < late) continue;  // computes for a thousand periods
  const auto next = [](Interval& given) -> Task<> { EXPECT_TRUE(co_await given.next()); };
  block_on(next(interval));
  EXPECT_GE(interval.last(), late - 1us) << "not the second moment, nor the third";
}

ASYNC_TEST(Interval, a_next_that_is_given_up_takes_no_beat) {
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

// Comes so late that `beats` beats are over, and returns the moments that `next` then ends with,
// until one of them lies ahead.
Task<> come_late(Interval& interval, int beats, std::vector<Clock::time_point>& moments) {
  const auto late = interval.last() + beats * 20ms + 5ms;
  while (Clock::now() < late) continue;
  for (int i = 0; i < beats + 1; ++i) {
    EXPECT_TRUE(co_await interval.next());
    moments.push_back(interval.last());
  }
}

TEST(Interval, late_beats_are_skipped_and_the_next_is_on_the_beat) {
  Interval interval(20ms);
  const auto begin = interval.last();
  std::vector<Clock::time_point> moments;
  block_on(come_late(interval, 3, moments));
  EXPECT_GE(moments[0], begin + 60ms) << "two were left out";
  for (const auto moment : moments) EXPECT_EQ((moment - begin) % 20ms, 0ms) << "on the beat";
  for (std::size_t i = 1; i < moments.size(); ++i) EXPECT_GE(moments[i] - moments[i - 1], 20ms);
}

TEST(Interval, late_beats_can_be_made_up_for) {
  Interval interval(20ms, LateBeats::burst);
  const auto begin = interval.last();
  std::vector<Clock::time_point> moments;
  block_on(come_late(interval, 3, moments));
  for (std::size_t i = 0; i < moments.size(); ++i)
    EXPECT_EQ(moments[i] - begin, static_cast<int>(i + 1) * 20ms) << "none is left out";
}

TEST(Interval, late_beats_can_move_the_beat) {
  Interval interval(20ms, LateBeats::delay);
  const auto begin = interval.last();
  std::vector<Clock::time_point> moments;
  block_on(come_late(interval, 3, moments));
  EXPECT_GE(moments[0], begin + 65ms) << "it counts from the moment when it was taken";
  for (std::size_t i = 1; i < moments.size(); ++i) EXPECT_GE(moments[i] - moments[i - 1], 20ms);
}

TEST(Interval, a_period_may_be_for_ever_and_not_nothing) {
  EXPECT_THROW(Interval(0ms), std::invalid_argument);
  EXPECT_THROW(Interval(-1ms), std::invalid_argument);
  Interval never(Duration::max());
  const auto next = [](Interval& given) -> Task<> {
    EXPECT_EQ((co_await timeout(1ms, given.next())).error(), std::errc::timed_out);
  };
  block_on(next(never));
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

}  // namespace
}  // namespace async::testing
