#include "epoll/timer.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "event_source.hpp"

namespace {

using epoll::Interest;
using epoll::Timer;
using epoll::Trigger;
using event_source::Watched;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST(Timer, one_that_is_not_set_is_not_readable) {
  auto timer = Timer::create().value();
  EXPECT_FALSE(Watched(timer.fd()).is_ready());
  EXPECT_TRUE(sys::would_block(timer.read().error()));
}

TEST(Timer, it_is_not_readable_before_its_time) {
  auto timer = Timer::create().value();
  ASSERT_TRUE(timer.set_after(1h));
  EXPECT_FALSE(Watched(timer.fd()).is_ready());
  EXPECT_TRUE(sys::would_block(timer.read().error()));
}

TEST(Timer, it_is_never_early) {
  auto timer = Timer::create().value();
  Watched watched(timer.fd());
  for (const std::chrono::nanoseconds delay :
       {std::chrono::nanoseconds(1), std::chrono::nanoseconds(1'500'001),
        std::chrono::nanoseconds(20ms)}) {
    const auto begin = steady_clock::now();
    ASSERT_TRUE(timer.set_after(delay));
    EXPECT_TRUE(watched.wait().is_readable());
    EXPECT_GE(steady_clock::now() - begin, delay);
    EXPECT_EQ(timer.read().value(), 1u);
  }
}

TEST(Timer, a_delay_of_seconds_and_a_fraction_is_never_early) {
  // Seconds and nanoseconds travel in two fields.
  auto timer = Timer::create().value();
  Watched watched(timer.fd());
  const auto begin = steady_clock::now();
  ASSERT_TRUE(timer.set_after(1010ms));
  (void)watched.wait();
  EXPECT_GE(steady_clock::now() - begin, 1010ms);
}

TEST(Timer, once_means_once) {
  auto timer = Timer::create().value();
  auto later = Timer::create().value();
  Watched watched(timer.fd());
  ASSERT_TRUE(timer.set_after(1ms));
  (void)watched.wait();
  EXPECT_EQ(timer.read().value(), 1u);
  ASSERT_TRUE(later.set_after(5ms));  // time enough for another one
  Watched(later.fd()).wait();
  EXPECT_FALSE(watched.is_ready());
  EXPECT_TRUE(sys::would_block(timer.read().error()));
}

TEST(Timer, it_counts_on_the_clock_that_cannot_be_set) {
  auto timer = Timer::create().value();
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(timer.fd()));  // [proc(5), fdinfo]
  const std::string text(std::istreambuf_iterator<char>(info), {});
  EXPECT_NE(text.find("clockid: " + std::to_string(CLOCK_MONOTONIC) + "\n"), text.npos) << text;
}

TEST(Timer, what_is_due_already_expires_at_once) {
  auto timer = Timer::create().value();
  Watched watched(timer.fd());
  for (const auto delay : {0ns, -1ns, std::chrono::nanoseconds(-1h)}) {
    ASSERT_TRUE(timer.set_after(delay));
    EXPECT_TRUE(watched.wait().is_readable()) << delay.count();
    EXPECT_EQ(timer.read().value(), 1u);
  }
}

TEST(Timer, level_reports_until_it_is_read_and_edge_reports_once) {
  auto timer = Timer::create().value();
  Watched level(timer.fd(), Interest::read(), Trigger::level);
  Watched edge(timer.fd(), Interest::read(), Trigger::edge);
  ASSERT_TRUE(timer.set_after(0ns));
  EXPECT_TRUE(edge.wait().is_readable());
  EXPECT_FALSE(edge.is_ready());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(level.is_ready());
}

TEST(Timer, every_interval_counts_although_none_is_read) {
  auto timer = Timer::create().value();
  Watched watched(timer.fd());
  constexpr auto kInterval = 2ms;
  const auto begin = steady_clock::now();
  ASSERT_TRUE(timer.set_every(kInterval));

  std::uint64_t expirations = 0;
  while (expirations < 5) {
    (void)watched.wait();
    // Not read at the first event: what expires meanwhile is counted.
    if (expirations == 0 && steady_clock::now() - begin < 3 * kInterval) continue;
    expirations += timer.read().value();
    const auto passed = steady_clock::now() - begin;
    EXPECT_LE(expirations * kInterval, passed);  // never early, the fifth as little as the first
  }
}

TEST(Timer, late_reads_return_how_many_they_missed) {
  auto timer = Timer::create().value();
  auto later = Timer::create().value();
  ASSERT_TRUE(timer.set_every(1ms));
  ASSERT_TRUE(later.set_after(10ms));
  Watched(later.fd()).wait();
  Watched(timer.fd()).wait();
  EXPECT_GE(timer.read().value(), 10u);
}

TEST(Timer, an_interval_of_zero_is_einval_and_changes_nothing) {
  auto timer = Timer::create().value();
  ASSERT_TRUE(timer.set_after(0ns));
  EXPECT_EQ(timer.set_every(0ns).error(), std::errc::invalid_argument);
  EXPECT_EQ(timer.set_every(-1s).error(), std::errc::invalid_argument);
  EXPECT_TRUE(Watched(timer.fd()).wait().is_readable());
}

TEST(Timer, once_cancelled_it_no_longer_expires_and_has_never_expired) {
  auto timer = Timer::create().value();
  Watched watched(timer.fd());
  ASSERT_TRUE(timer.set_every(1ms));
  (void)watched.wait();
  ASSERT_TRUE(timer.cancel());
  EXPECT_FALSE(watched.is_ready());
  EXPECT_TRUE(sys::would_block(timer.read().error()));
}

TEST(Timer, a_new_setting_replaces_the_old_one) {
  auto timer = Timer::create().value();
  Watched watched(timer.fd());
  ASSERT_TRUE(timer.set_after(0ns));
  (void)watched.wait();
  ASSERT_TRUE(timer.set_after(1h));
  EXPECT_FALSE(watched.is_ready());
  ASSERT_TRUE(timer.set_after(0ns));
  EXPECT_TRUE(watched.wait().is_readable());
}

TEST(Timer, the_longest_delay_there_is_does_not_wrap_around) {
  auto timer = Timer::create().value();
  ASSERT_TRUE(timer.set_after(std::chrono::nanoseconds::max()));
  EXPECT_FALSE(Watched(timer.fd()).is_ready());
}

TEST(Timer, it_does_not_block_is_not_inherited_and_is_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto timer = Timer::create().value();
    EXPECT_TRUE(event_source::never_blocks(timer.fd()));
    EXPECT_TRUE(event_source::closes_on_exec(timer.fd()));
    EXPECT_EQ(watch.change(), 1);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(Timer, a_system_call_that_fails_is_reported_and_leaves_nothing_behind) {
  const std::size_t calls = event_source::sweep_faults([]() -> sys::Result<Timer> {
    auto timer = Timer::create();
    if (!timer) return timer;
    if (auto set = timer->set_every(1h); !set) return sys::failure(set.error());
    if (auto set = timer->cancel(); !set) return sys::failure(set.error());
    if (auto set = timer->set_after(0ns); !set) return sys::failure(set.error());
    event_source::wait_unobserved(timer->fd());
    if (auto times = timer->read(); !times) return sys::failure(times.error());
    return timer;
  });
  EXPECT_EQ(calls, 5u);
}

}  // namespace
