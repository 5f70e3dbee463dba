// Coroutine frames that go while something still knows of them: parked, ready, or resumed just now.
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "lifetime.hpp"

namespace {

using async::Clock;
using async::Task;
using async::testing::Alive;
using async::testing::Gate;
using async::testing::read_once;
using async::testing::stream_pair;
using async::testing::turns;
using async::testing::write;
using namespace std::chrono_literals;

TEST(Lifetime, a_frame_that_is_destroyed_while_it_waits_for_a_socket_is_never_resumed) {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(read_once(mine, result, alive));
    runtime->block_on(turns(2));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  // The next runtime finds the socket as if nobody had ever waited for it.
  auto runtime = async::Runtime::create().value();
  runtime->block_on(write(theirs, "later"));
  runtime->block_on(read_once(mine, result, alive));
  EXPECT_EQ(result, 5U);
}

TEST(Lifetime, a_frame_that_is_destroyed_while_it_is_ready_is_never_resumed) {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 99;
  int alive = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(read_once(mine, result, alive));
    runtime->block_on(turns(2));
    runtime->block_on(write(theirs, "x"));
    // The event is told, and the reader is put on the ready list; it does not get its turn.
    ASSERT_TRUE(runtime->loop().run_once(0ns));
    EXPECT_FALSE(!runtime->has_ready_task());
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(result, 99U);
}

Task<> sleep_in(Alive, async::Duration duration) {
  (void)co_await async::sleep_for(duration);
}
TEST(Lifetime, a_frame_that_is_destroyed_after_its_timer_has_fired_is_never_resumed) {
  int alive = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(sleep_in(Alive(alive), 1ms));
    runtime->run_ready(10);
    while (!runtime->has_ready_task()) ASSERT_TRUE(runtime->loop().run_once(std::nullopt));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

Task<> sleep_at(async::SleepOperation& sleep, int& times) {
  (void)co_await std::move(sleep);
  ++times;
}
TEST(Lifetime, a_sleep_that_is_destroyed_by_a_timer_of_the_same_moment_does_not_fire) {
  auto runtime = async::Runtime::create().value();
  const auto deadline = Clock::now() + 2ms;
  auto sleep = std::make_unique<async::SleepOperation>(async::sleep_until(deadline));
  int times = 0;
  event_loop::CallbackTimer first([&] { sleep.reset(); });
  runtime->loop().timers().set(first, deadline);
  runtime->spawn(sleep_at(*sleep, times));
  runtime->run_ready(10);
  EXPECT_EQ(runtime->loop().timers().size(), 2U);
  while (runtime->loop().timers().size() != 0) ASSERT_TRUE(runtime->turn());
  EXPECT_EQ(sleep, nullptr);
  EXPECT_EQ(times, 0);
  EXPECT_TRUE(!runtime->has_ready_task());
}

// What a task shares with its own handle: the last one to hold it is the task itself.
class Shared {
 public:
  async::JoinHandle<> handle;
  std::optional<Gate> gate{std::in_place};
};
Task<> drop_everything(std::shared_ptr<Shared> shared) {
  Gate& gate = *shared->gate;
  (void)co_await std::move(gate);
  // Resumed by this gate and kept by this handle: both go, from inside the resumption.
  shared->gate.reset();
  shared->handle.detach();
  shared.reset();
}
TEST(Lifetime, a_task_may_destroy_what_it_was_resumed_by_and_its_own_handle) {
  auto runtime = async::Runtime::create().value();
  auto shared = std::make_shared<Shared>();
  const std::weak_ptr<Shared> watched = shared;
  shared->handle = runtime->spawn(drop_everything(shared));
  runtime->run_ready(10);
  Gate& gate = *shared->gate;
  shared.reset();
  gate.is_open = true;
  gate.wake();
  runtime->run_ready(10);
  EXPECT_EQ(runtime->tasks(), 0U);
  EXPECT_TRUE(watched.expired());
}

}  // namespace
