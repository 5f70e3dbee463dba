// How a loop waits: for its timers, for as long as it was told, and not at all if there is work.
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "event_loop/event_loop.hpp"
#include "idle.hpp"
#include "line.hpp"

namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ns;
using epoll::Interest;
using epoll::Trigger;
using event_loop::CallbackTimer;
using event_loop::Clock;
using event_loop::testing::kLook;
using event_loop::testing::Line;
using event_loop::testing::Listener;
using event_loop::testing::make_loop;
using event_loop::testing::sleeps_in_one_wait;

TEST(EventLoop, run_once_waits_for_its_timeout_and_is_never_early) {
  const auto loop = make_loop();
  for (const std::chrono::nanoseconds timeout : {300'000ns, 1'500'000ns, 20'000'001ns}) {
    const auto begin = Clock::now();
    EXPECT_EQ(loop->run_once(timeout), 0u);
    EXPECT_GE(Clock::now() - begin, timeout);
  }
}

TEST(EventLoop, a_timer_ends_the_wait_and_is_never_early) {
  const auto loop = make_loop();
  for (const std::chrono::microseconds delay : {0us, 300us, 1500us, 20'000us}) {
    auto fired = Clock::time_point::min();
    CallbackTimer timer([&] { fired = Clock::now(); });
    const auto deadline = Clock::now() + delay;
    loop->timers().set(timer, deadline);
    const auto turns = loop->turns();
    EXPECT_EQ(loop->run_once(std::nullopt), 1u);
    EXPECT_EQ(loop->turns(), turns + 1) << "it woke up before there was anything to do";
    EXPECT_GE(fired, deadline);
  }
}

TEST(EventLoop, waits_for_the_timer_or_the_timeout_whichever_is_first) {
  const auto loop = make_loop();
  bool fired = false;
  CallbackTimer timer([&] { fired = true; });
  loop->timers().set(timer, Clock::now() + 1h);
  EXPECT_EQ(loop->run_once(5ms), 0u);
  EXPECT_FALSE(fired);
  loop->timers().set(timer, Clock::now() + 5ms);
  EXPECT_EQ(loop->run_once(1h), 1u);
  EXPECT_TRUE(fired);
}

TEST(EventLoop, a_wait_is_shorter_by_what_the_callbacks_took) {
  const auto loop = make_loop();
  CallbackTimer timer([] {});
  bool at_once = false;
  for (int i = 0; i < 100 && !at_once; ++i) {  // a stall of the machine may spoil one
    const auto deadline = loop->now() + 2ms;
    loop->timers().set(timer, deadline);
    while (Clock::now() < deadline) {  // as if a callback were busy
    }
    const auto begin = Clock::now();
    EXPECT_EQ(loop->run_once(std::nullopt), 1u);
    at_once = Clock::now() - begin < 2ms;
  }
  EXPECT_TRUE(at_once) << "it waited as if no time had passed since the turn began";
}

TEST(EventLoop, events_come_before_a_timer_that_is_due_as_well) {
  const auto loop = make_loop();
  const Line line;
  bool timed_out = false;
  CallbackTimer timer([&] { timed_out = true; });
  Listener listener([&] { loop->timers().cancel(timer); });
  ASSERT_TRUE(loop->add(line.near.get(), Interest::read(), Trigger::level, listener));
  loop->timers().set(timer, loop->now());  // over long ago
  line.send();
  EXPECT_EQ(loop->run_once(std::nullopt), 1u);
  EXPECT_FALSE(timed_out) << "a client whose bytes have come in time was cut off";
}

TEST(EventLoop, a_timer_that_sets_itself_again_at_once_holds_nothing_up) {
  const auto loop = make_loop();
  const Line line;
  Listener listener;
  ASSERT_TRUE(loop->add(line.near.get(), Interest::read(), Trigger::level, listener));
  line.send();
  std::unique_ptr<CallbackTimer> timer;
  timer = std::make_unique<CallbackTimer>(
      [&] { loop->timers().set(*timer, Clock::time_point::min()); });
  loop->timers().set(*timer, loop->now());
  for (int turn = 1; turn <= 3; ++turn) {
    EXPECT_EQ(loop->run_once(std::nullopt), 2u);
    EXPECT_EQ(listener.events, turn);
  }
}

TEST(EventLoop, now_is_the_time_of_this_turn) {
  const auto loop = make_loop();
  const auto before = Clock::now();
  ASSERT_TRUE(loop->run_once(2ms));
  const auto turn = loop->now();
  EXPECT_GE(turn, before + 2ms);
  EXPECT_LE(turn, Clock::now());
  EXPECT_EQ(loop->now(), turn) << "it moved without a turn";
}

TEST(EventLoop, an_idle_loop_sleeps_in_one_wait) {
  const auto loop = make_loop();
  std::vector<Line> lines(50);
  Listener listener;
  for (const Line& line : lines)
    ASSERT_TRUE(loop->add(line.near.get(), Interest::read(), Trigger::level, listener));
  CallbackTimer tomorrow([] {});
  loop->timers().set(tomorrow, Clock::now() + 24h);
  EXPECT_TRUE(sleeps_in_one_wait(*loop, 100ms));
}

}  // namespace
