#include "event_loop/lazy_timer.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace event_loop::testing::lazy_timer_test {

using namespace std::chrono_literals;

class Counting final : public LazyTimer {
 public:
  [[nodiscard]] int take_expired() { return std::exchange(expired_, 0); }

 private:
  void on_expiry() override { ++expired_; }
  int expired_ = 0;
};

class LazyTimer : public ::testing::Test {
 protected:
  int expired_at(Clock::duration time) {
    queue.fire(begin + time);
    return timer.take_expired();
  }
  const Clock::time_point begin = Clock::now();
  TimerQueue queue;
  Counting timer;
};

TEST_F(LazyTimer, expires_once_and_not_before_its_deadline) {
  timer.expire_at(queue, begin + 10s);
  EXPECT_EQ(expired_at(9s), 0);
  EXPECT_EQ(expired_at(10s), 1);
  EXPECT_EQ(expired_at(100s), 0);
}

TEST_F(LazyTimer, put_off_it_expires_at_the_last_deadline) {
  timer.expire_at(queue, begin + 10s);
  timer.expire_at(queue, begin + 12s);
  timer.expire_at(queue, begin + 15s);
  EXPECT_EQ(expired_at(12s), 0);
  EXPECT_EQ(expired_at(14s), 0);
  EXPECT_EQ(expired_at(15s), 1);
}

TEST_F(LazyTimer, put_off_a_thousand_times_it_changes_the_heap_once) {
  timer.expire_at(queue, begin + 10s);
  const auto before = queue.slots_written();
  for (int i = 1; i <= 1'000; ++i) timer.expire_at(queue, begin + 10s + i * 1ms);
  EXPECT_EQ(queue.slots_written(), before);
  EXPECT_EQ(expired_at(10s), 0);
  EXPECT_LE(queue.slots_written(), before + 2);
  EXPECT_EQ(expired_at(11s), 1);
}

TEST_F(LazyTimer, moved_to_an_earlier_time_it_expires_then) {
  timer.expire_at(queue, begin + 10s);
  timer.expire_at(queue, begin + 5s);
  EXPECT_EQ(expired_at(5s), 1);
  EXPECT_EQ(expired_at(10s), 0);
}

TEST_F(LazyTimer, set_into_the_past_it_expires_at_the_next_look) {
  EXPECT_EQ(expired_at(10s), 0);
  timer.expire_at(queue, begin);
  EXPECT_EQ(expired_at(10s), 1);
}

TEST_F(LazyTimer, disarmed_it_leaves_the_queue_in_silence_when_its_time_comes) {
  timer.expire_at(queue, begin + 10s);
  timer.disarm();
  EXPECT_EQ(expired_at(11s), 0);
  EXPECT_EQ(queue.size(), 0U);
  timer.expire_at(queue, begin + 20s);
  EXPECT_EQ(expired_at(20s), 1);
}

}  // namespace event_loop::testing::lazy_timer_test
