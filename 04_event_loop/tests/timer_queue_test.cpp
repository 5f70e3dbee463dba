#include "event_loop/timer_queue.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "allocations.hpp"
#include "choices.hpp"

namespace {

using event_loop::CallbackTimer;
using event_loop::Clock;
using event_loop::Timer;
using event_loop::TimerQueue;

// Times of these tests: so many units after the beginning. No test looks at a real clock.
Clock::time_point at(int units) {
  return Clock::time_point(Clock::duration(units));
}

// Writes its number down when it fires.
class NumberedTimer : public Timer {
 public:
  NumberedTimer(int number, std::vector<int>& fired) : number_(number), fired_(&fired) {}

 private:
  void on_timeout() override { fired_->push_back(number_); }
  int number_;
  std::vector<int>* fired_;
};

TEST(TimerQueue, an_empty_queue_has_nothing_next_and_fires_nothing) {
  TimerQueue queue;
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_EQ(queue.fire(at(1000)), 0u);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(TimerQueue, timers_fire_in_the_order_of_their_deadlines) {
  TimerQueue queue;
  std::vector<int> fired;
  NumberedTimer a(5, fired), b(1, fired), c(4, fired), d(2, fired), e(3, fired);
  queue.set(a, at(5));
  queue.set(b, at(1));
  queue.set(c, at(4));
  queue.set(d, at(2));
  queue.set(e, at(3));
  EXPECT_EQ(queue.next(), at(1));
  EXPECT_EQ(queue.fire(at(5)), 5u);
  EXPECT_EQ(fired, (std::vector{1, 2, 3, 4, 5}));
  EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(TimerQueue, equal_deadlines_fire_in_the_order_of_setting) {
  TimerQueue queue;
  std::vector<int> fired;
  std::vector<std::unique_ptr<NumberedTimer>> timers;
  std::vector<int> expected;
  for (int i = 0; i < 100; ++i) {
    timers.push_back(std::make_unique<NumberedTimer>(i, fired));
    queue.set(*timers.back(), at(7));
    expected.push_back(i);
  }
  queue.fire(at(7));
  EXPECT_EQ(fired, expected);
}

TEST(TimerQueue, a_timer_that_is_set_again_fires_after_those_of_the_same_time) {
  TimerQueue queue;
  std::vector<int> fired;
  NumberedTimer a(1, fired), b(2, fired), c(3, fired);
  for (auto* timer : {&a, &b, &c}) queue.set(*timer, at(7));
  queue.set(a, at(7));
  queue.fire(at(7));
  EXPECT_EQ(fired, (std::vector{2, 3, 1}));
}

TEST(TimerQueue, none_fires_before_its_deadline_and_each_fires_once) {
  TimerQueue queue;
  std::vector<int> fired;
  NumberedTimer timer(1, fired);
  queue.set(timer, at(10));
  EXPECT_EQ(queue.fire(at(9)), 0u);
  EXPECT_TRUE(timer.is_set());
  EXPECT_EQ(queue.fire(at(10)), 1u);
  EXPECT_FALSE(timer.is_set());
  EXPECT_EQ(queue.fire(at(11)), 0u);
  EXPECT_EQ(fired, std::vector{1});
}

TEST(TimerQueue, setting_a_timer_again_moves_it) {
  TimerQueue queue;
  std::vector<int> fired;
  NumberedTimer moved(1, fired), other(2, fired);
  queue.set(moved, at(1));
  queue.set(other, at(5));
  queue.set(moved, at(9));
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(moved.deadline(), at(9));
  EXPECT_EQ(queue.next(), at(5));
  queue.fire(at(8));
  EXPECT_EQ(fired, std::vector{2});
  queue.set(moved, at(8));
  queue.fire(at(8));
  EXPECT_EQ(fired, (std::vector{2, 1}));
}

TEST(TimerQueue, a_timer_moves_from_one_queue_to_another) {
  TimerQueue first, second;
  std::vector<int> fired;
  NumberedTimer timer(1, fired);
  first.set(timer, at(1));
  second.set(timer, at(2));
  EXPECT_EQ(first.size(), 0u);
  EXPECT_EQ(second.size(), 1u);
  first.cancel(timer);  // not its own
  EXPECT_TRUE(timer.is_set());
  EXPECT_EQ(first.fire(at(9)), 0u);
  EXPECT_EQ(second.fire(at(9)), 1u);
}

TEST(TimerQueue, a_timer_for_which_there_is_no_memory_is_set_nowhere) {
  TimerQueue first, second;
  std::vector<int> fired;
  NumberedTimer timer(1, fired);
  first.set(timer, at(1));
  {
    allocations::FailNth none(1);
    none.arm();
    EXPECT_THROW(second.set(timer, at(1)), std::bad_alloc);
  }
  EXPECT_FALSE(timer.is_set());
  EXPECT_EQ(first.size() + second.size(), 0u);
  second.set(timer, at(1));
  EXPECT_EQ(second.fire(at(1)), 1u);
}

TEST(TimerQueue, a_cancelled_timer_does_not_fire_and_the_others_keep_their_order) {
  // Each timer in turn is the one that is cancelled, so the last of the heap takes every place.
  for (int cancelled = 0; cancelled < 31; ++cancelled) {
    TimerQueue queue;
    std::vector<int> fired;
    std::vector<std::unique_ptr<NumberedTimer>> timers;
    for (int i = 0; i < 31; ++i) {
      timers.push_back(std::make_unique<NumberedTimer>(i, fired));
      queue.set(*timers.back(), at(i * 17 % 31));
    }
    queue.cancel(*timers[cancelled]);
    EXPECT_FALSE(timers[cancelled]->is_set());
    queue.cancel(*timers[cancelled]);  // a second time is harmless
    EXPECT_EQ(queue.fire(at(31)), 30u);
    EXPECT_TRUE(std::ranges::is_sorted(fired, {}, [](int i) { return i * 17 % 31; }));
    EXPECT_EQ(std::ranges::count(fired, cancelled), 0);
  }
}

TEST(TimerQueue, a_destroyed_timer_does_not_fire) {
  TimerQueue queue;
  std::vector<int> fired;
  NumberedTimer stays(1, fired);
  queue.set(stays, at(2));
  {
    NumberedTimer goes(2, fired);
    queue.set(goes, at(1));
  }
  EXPECT_EQ(queue.next(), at(2));
  queue.fire(at(2));
  EXPECT_EQ(fired, std::vector{1});
}

TEST(TimerQueue, a_queue_that_is_destroyed_leaves_its_timers_unset) {
  std::vector<int> fired;
  NumberedTimer timer(1, fired);
  {
    TimerQueue queue;
    queue.set(timer, at(1));
  }
  EXPECT_FALSE(timer.is_set());
  TimerQueue another;
  another.set(timer, at(1));
  EXPECT_EQ(another.fire(at(1)), 1u);
}

TEST(TimerQueue, a_timer_may_destroy_another_that_is_due_as_well) {
  TimerQueue queue;
  std::vector<int> fired;
  auto victim = std::make_unique<NumberedTimer>(2, fired);
  CallbackTimer killer([&] { victim.reset(); });
  NumberedTimer last(3, fired);
  queue.set(killer, at(1));
  queue.set(*victim, at(1));
  queue.set(last, at(1));
  EXPECT_EQ(queue.fire(at(1)), 2u);
  EXPECT_EQ(fired, std::vector{3});
}

TEST(TimerQueue, a_timer_may_destroy_itself) {
  TimerQueue queue;
  std::vector<int> fired;
  std::unique_ptr<CallbackTimer> timer;
  timer = std::make_unique<CallbackTimer>([&] {
    fired.push_back(1);
    timer.reset();
  });
  NumberedTimer next(2, fired);
  queue.set(*timer, at(1));
  queue.set(next, at(2));
  EXPECT_EQ(queue.fire(at(2)), 2u);
  EXPECT_EQ(fired, (std::vector{1, 2}));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(TimerQueue, a_timer_is_not_set_while_it_fires) {
  TimerQueue queue;
  bool was_set = true;
  std::unique_ptr<CallbackTimer> timer;
  timer = std::make_unique<CallbackTimer>([&] { was_set = timer->is_set(); });
  queue.set(*timer, at(1));
  queue.fire(at(1));
  EXPECT_FALSE(was_set);
}

TEST(TimerQueue, a_timer_that_sets_itself_again_at_once_fires_once_per_call) {
  TimerQueue queue;
  int times = 0;
  std::unique_ptr<CallbackTimer> timer;
  timer = std::make_unique<CallbackTimer>([&] {
    if (++times < 100) queue.set(*timer, at(10));
  });
  queue.set(*timer, at(10));
  EXPECT_EQ(queue.fire(at(10)), 1u);
  EXPECT_EQ(queue.fire(at(10)), 1u);
  EXPECT_EQ(times, 2);
  EXPECT_TRUE(timer->is_set());
}

TEST(TimerQueue, a_timer_that_sets_itself_into_the_past_overtakes_no_other) {
  TimerQueue queue;
  std::vector<int> fired;
  std::unique_ptr<CallbackTimer> hasty;
  hasty = std::make_unique<CallbackTimer>([&] {
    fired.push_back(0);
    queue.set(*hasty, at(1));  // before all others
  });
  NumberedTimer second(1, fired), third(2, fired);
  queue.set(*hasty, at(1));
  queue.set(second, at(5));
  queue.set(third, at(6));
  EXPECT_EQ(queue.fire(at(10)), 3u);
  EXPECT_EQ(fired, (std::vector{0, 1, 2}));
  EXPECT_EQ(hasty->deadline(), at(10));
}

TEST(TimerQueue, a_timer_set_by_another_one_waits_for_the_next_call) {
  TimerQueue queue;
  std::vector<int> fired;
  NumberedTimer late(2, fired);
  CallbackTimer setter([&] { queue.set(late, at(1)); });
  queue.set(setter, at(1));
  EXPECT_EQ(queue.fire(at(5)), 1u);
  EXPECT_TRUE(fired.empty());
  EXPECT_EQ(queue.fire(at(5)), 1u);
  EXPECT_EQ(fired, std::vector{2});
}

// The queue against a container that cannot be wrong: 300,000 random steps, and after each of them
// the two must agree.
TEST(TimerQueue, agrees_with_a_sorted_multimap_whatever_happens) {
  constexpr int kTimers = 200;
  Choices choices(seed_or(20240607));
  SCOPED_TRACE(choices.origin());
  std::vector<int> fired;
  std::vector<std::unique_ptr<NumberedTimer>> timers;
  for (int i = 0; i < kTimers; ++i) timers.push_back(std::make_unique<NumberedTimer>(i, fired));
  TimerQueue queue;
  // Equal keys stay in the order in which they came, as equal deadlines must.
  std::multimap<int, int> model;
  const auto erase_from_model = [&](int number) {
    std::erase_if(model, [&](const auto& entry) { return entry.second == number; });
  };

  int now = 0;
  std::size_t fired_in_all = 0;
  for (int step = 0; step < 300'000; ++step) {
    const int number = static_cast<int>(choices.below(kTimers));
    switch (choices.below(8)) {
      case 0:
        now += static_cast<int>(choices.below(8));
        break;
      case 1:
        erase_from_model(number);
        queue.cancel(*timers[number]);
        break;
      case 2:
        erase_from_model(number);
        timers[number] = std::make_unique<NumberedTimer>(number, fired);
        break;
      default: {
        const int deadline = now + static_cast<int>(choices.below(50));
        erase_from_model(number);
        model.emplace(deadline, number);
        queue.set(*timers[number], at(deadline));
      }
    }
    if (step % 3 == 0) {
      fired.clear();
      std::vector<int> expected;
      while (!model.empty() && model.begin()->first <= now) {
        expected.push_back(model.begin()->second);
        model.erase(model.begin());
      }
      ASSERT_EQ(queue.fire(at(now)), expected.size()) << "step " << step;
      ASSERT_EQ(fired, expected) << "step " << step;
      fired_in_all += fired.size();
    }
    ASSERT_EQ(queue.size(), model.size()) << "step " << step;
    ASSERT_EQ(queue.next(), model.empty() ? std::nullopt : std::optional(at(model.begin()->first)));
  }
  EXPECT_GT(fired_in_all, 1000u);
}

// The price of setting, moving, cancelling and firing a million timers, in places written: the
// height of the heap is 20, so no single call may write more than a few times that.
TEST(TimerQueue, a_million_timers_cost_a_few_places_each) {
  constexpr std::size_t kTimers = 1'000'000;
  constexpr std::uint64_t kHeight = std::bit_width(kTimers);
  class Quiet : public Timer {
    void on_timeout() override {}
  };
  const auto timers = std::make_unique<Quiet[]>(kTimers);
  TimerQueue queue;
  std::uint64_t dearest = 0;
  std::uint64_t seen = 0;
  const auto note_price = [&] {
    dearest = std::max(dearest, queue.slots_written() - seen);
    seen = queue.slots_written();
  };
  std::mt19937 random(7);
  for (std::size_t i = 0; i < kTimers; ++i) {
    // Some of them earlier than all others: those have to go all the way up.
    const std::size_t deadline = i % 16 == 0 ? kTimers - i : kTimers + random() % kTimers;
    queue.set(timers[i], at(static_cast<int>(deadline)));
    note_price();
  }
  for (std::size_t i = 0; i < kTimers / 8; ++i) {
    queue.set(timers[random() % kTimers], at(static_cast<int>(random() % kTimers)));
    note_price();
  }
  for (std::size_t i = kTimers / 16; i < kTimers; ++i) {
    queue.cancel(timers[i]);
    note_price();
  }
  EXPECT_LE(dearest, 3 * kHeight + 6);
  const std::size_t left = queue.size();
  EXPECT_EQ(left, kTimers / 16);
  EXPECT_EQ(queue.fire(at(2 * kTimers)), left);
  EXPECT_LE(queue.slots_written() - seen, left * (kHeight + 4));
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
