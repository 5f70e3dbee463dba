#include "async/core/scheduler.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "async/core/sleep.hpp"
#include "async/core/spawn.hpp"
#include "async/core/this_task.hpp"
#include "epoll/deadline.hpp"
#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace async::testing::scheduler_test {

using namespace std::chrono_literals;

// Waits for nothing: when no task is ready, it sets its clock to the time of the next timer.
class ManualScheduler final : public Scheduler {
 public:
  ManualScheduler() : Scheduler(queue_) {}
  ~ManualScheduler() override { const Closing closing(*this); }

  [[nodiscard]] Clock::duration elapsed() const { return now_ - begin_; }

 private:
  sys::Result<> wait(std::optional<std::chrono::nanoseconds> limit) override {
    if (!limit) now_ = std::max(now_, queue_.next().value());
    queue_.fire(now_);
    for (auto& callback : std::exchange(posted_, {})) callback();
    return {};
  }
  [[nodiscard]] Clock::time_point now() const noexcept override { return now_; }
  void post(event_loop::Callback&& callback) override { posted_.push_back(std::move(callback)); }
  void wake() noexcept override {}

  event_loop::TimerQueue queue_;
  std::vector<event_loop::Callback> posted_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point now_ = begin_;
};

Task<> sleep_and_note(Duration duration, std::vector<Duration>& noted) {
  (void)co_await sleep_for(duration);
  noted.push_back(duration);
}

TEST(Scheduler, needs_no_descriptor_and_no_time) {
  const sys::DescriptorWatch watch;
  ManualScheduler scheduler;
  std::vector<Duration> noted;
  for (const Duration duration : {Duration(3h), Duration(1h), Duration(2h)})
    scheduler.spawn(sleep_and_note(duration, noted));
  EXPECT_TRUE(scheduler.run());
  EXPECT_EQ(noted, (std::vector<Duration>{1h, 2h, 3h}));
  EXPECT_GE(scheduler.elapsed(), 3h);
  EXPECT_EQ(watch.change(), 0);
}

Task<int> count_turns() {
  for (int i = 0; i < 3; ++i) (void)co_await yield();
  co_return 3;
}

TEST(Scheduler, is_the_current_one_while_it_runs_and_counts_what_it_does) {
  ManualScheduler scheduler;
  bool was_current = false;
  EXPECT_TRUE(scheduler.handle().post([&] { was_current = Scheduler::current() == &scheduler; }));
  EXPECT_EQ(scheduler.block_on(count_turns()), 3);
  EXPECT_TRUE(was_current);
  EXPECT_EQ(Scheduler::current(), nullptr);
  EXPECT_EQ(scheduler.counters().spawned, 1U);
  EXPECT_EQ(scheduler.counters().resumed, 4U);
}

Task<> yield_often(int times, int& left) {
  for (left = times; left != 0; --left) (void)co_await yield();
}

TEST(Scheduler, resumes_what_has_become_ready_without_a_wait_for_each_round) {
  ManualScheduler scheduler;
  int left = 0;
  scheduler.block_on(yield_often(1'000, left));
  // A slow machine ends a turn early, but never before 32 rounds.
  EXPECT_LE(scheduler.counters().turns, 1'000U / 32 + 2);
}

TEST(Scheduler, waits_for_events_however_often_tasks_become_ready_again) {
  ManualScheduler scheduler;
  int left = 0;
  std::vector<Duration> noted;
  scheduler.spawn(yield_often(5'000, left));
  scheduler.spawn(sleep_and_note(1h, noted));
  int left_when_posted = 0;
  EXPECT_TRUE(scheduler.turn());
  EXPECT_TRUE(scheduler.handle().post([&] { left_when_posted = left; }));
  EXPECT_TRUE(scheduler.turn());
  EXPECT_GE(left_when_posted, 5'000 - 2 * 1024);
}

TEST(Scheduler, a_task_that_has_used_up_its_budget_continues_after_the_next_wait) {
  ManualScheduler scheduler;
  scheduler.block_on(turns(10));
  EXPECT_EQ(scheduler.counters().turns, 11U);
}

TEST(Scheduler, that_is_destroyed_destroys_its_tasks_and_its_handles_do_nothing) {
  std::vector<Duration> noted;
  std::optional<Scheduler::Handle> handle;
  {
    ManualScheduler scheduler;
    handle = scheduler.handle();
    scheduler.spawn(sleep_and_note(1h, noted));
    EXPECT_EQ(scheduler.run_ready(10), 1U);
    EXPECT_EQ(scheduler.tasks(), 1U);
  }
  EXPECT_TRUE(noted.empty());
  EXPECT_FALSE(handle->post([] {}));
}

}  // namespace async::testing::scheduler_test
