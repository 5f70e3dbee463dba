#include "epoll/deadline.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <ratio>

#include "epoll/poll.hpp"
#include "epoll/timer.hpp"
#include "event_source.hpp"

namespace {

using epoll::AnyDuration;
using epoll::Clock;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr nanoseconds to_nanoseconds(AnyDuration duration) {
  return duration;
}

TEST(Deadline, a_duration_of_any_unit_becomes_nanoseconds) {
  EXPECT_EQ(to_nanoseconds(3s), 3'000'000'000ns);
  EXPECT_EQ(to_nanoseconds(-2ms), -2'000'000ns);
  EXPECT_EQ(to_nanoseconds(1.5h), 5'400'000'000'000ns);
  EXPECT_EQ(to_nanoseconds(nanoseconds(INT64_MAX - 1)), nanoseconds(INT64_MAX - 1));
  EXPECT_EQ(to_nanoseconds(nanoseconds(INT64_MIN + 1)), nanoseconds(INT64_MIN + 1));
}

template <class Duration>
void expect_to_saturate() {
  EXPECT_EQ(to_nanoseconds(Duration::max()), nanoseconds::max());
  EXPECT_EQ(to_nanoseconds(Duration::min()), nanoseconds::min());
}
TEST(Deadline, what_does_not_fit_is_the_longest_that_does) {
  expect_to_saturate<nanoseconds>();
  expect_to_saturate<std::chrono::milliseconds>();
  expect_to_saturate<std::chrono::hours>();
  EXPECT_EQ(to_nanoseconds(std::chrono::duration<double>(1e30)), nanoseconds::max());
  EXPECT_EQ(to_nanoseconds(std::chrono::duration<double>(-1e30)), nanoseconds::min());
}

TEST(Deadline, a_sum_stays_between_the_ends_of_time) {
  constexpr std::array points{Clock::time_point::min(), Clock::time_point(-1s), Clock::time_point(),
                              Clock::time_point(1s), Clock::time_point::max()};
  constexpr std::array lengths{nanoseconds::min(), -1ns, 0ns, 1ns, nanoseconds::max()};
  for (const auto from : points) {
    for (const auto length : lengths) {
      const auto sum = epoll::saturating_add(from, length);
      if (length == 0ns) {
        EXPECT_EQ(sum, from);
      } else if (length > 0ns) {
        EXPECT_TRUE(sum > from || sum == Clock::time_point::max());
      } else {
        EXPECT_TRUE(sum < from || sum == Clock::time_point::min());
      }
    }
  }
  EXPECT_EQ(epoll::saturating_add(Clock::time_point(1s), std::chrono::hours::max()),
            Clock::time_point::max());
  EXPECT_EQ(epoll::saturating_add(Clock::time_point(1s), 2s), Clock::time_point(3s));
}

TEST(Deadline, the_time_that_is_left_is_never_negative) {
  EXPECT_EQ(epoll::time_left(Clock::time_point(3s), Clock::time_point(1s)), 2s);
  EXPECT_EQ(epoll::time_left(Clock::time_point(1s), Clock::time_point(3s)), 0s);
  EXPECT_EQ(epoll::time_left(Clock::time_point::min(), Clock::now()), 0s);
  EXPECT_EQ(epoll::time_left(Clock::time_point::max(), Clock::time_point::min()),
            nanoseconds::max());
}

TEST(Deadline, a_wait_of_any_length_is_a_wait) {
  auto poll = epoll::Poll::create().value();
  epoll::Events events;
  // Negative: only a look.
  EXPECT_TRUE(poll.wait(events, nanoseconds::min()));
  EXPECT_TRUE(poll.wait(events, std::chrono::hours::min()));
  EXPECT_TRUE(events.empty());
  // As long as it takes: what ends these is the event.
  auto timer = epoll::Timer::create().value();
  ASSERT_TRUE(poll.add(timer.fd(), {1, 1}, epoll::Interest::read(), epoll::Trigger::level));
  for (const AnyDuration limit :
       {AnyDuration(nanoseconds::max()), AnyDuration(std::chrono::milliseconds::max())}) {
    ASSERT_TRUE(timer.set_after(1ms));
    EXPECT_TRUE(poll.wait(events, limit));
    EXPECT_EQ(events.size(), 1u);
    ASSERT_TRUE(timer.read());
  }
}

TEST(Deadline, a_timer_can_be_set_to_the_end_of_time) {
  auto timer = epoll::Timer::create().value();
  EXPECT_TRUE(timer.set_after(std::chrono::hours::max()));
  EXPECT_TRUE(timer.set_every(std::chrono::hours::max()));
  EXPECT_TRUE(sys::would_block(sys::error_of(timer.read())));
  EXPECT_TRUE(timer.set_after(std::chrono::hours::min())) << "at once";
  EXPECT_TRUE(event_source::Watched(timer.fd()).wait().is_readable());
}

}  // namespace
