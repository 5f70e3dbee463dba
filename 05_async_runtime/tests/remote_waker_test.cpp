#include "async/core/remote_waker.hpp"

#include "allocations.hpp"
#include "testing.hpp"

namespace async::testing::remote_waker_test {

// Hands out a waker for its wait, which ends once it is used.
class WakerGate final : public Operation<> {
 public:
  explicit WakerGate(std::optional<async::RemoteWaker>& waker) : waker_(waker) {}

 private:
  bool attempt() override {
    if (is_parked_) result_ = {};
    return is_parked_;
  }
  bool park() override {
    waker_.emplace(context());
    is_parked_ = true;
    return true;
  }
  std::optional<async::RemoteWaker>& waker_;
  bool is_parked_ = false;
};

// A task that waits, and counts.
class RemoteWaker : public WithRuntime {
 protected:
  Task<> wait_at(std::optional<async::RemoteWaker>& of_wait) {
    (void)co_await WakerGate(of_wait);
    ++times;
  }
  void start() { (void)started(*runtime, wait_at(waker), 1); }
  std::optional<async::RemoteWaker> waker;
  int times = 0;
};

ASYNC_TEST_F(RemoteWaker, wakes_the_task_that_waits) {
  auto waiting = co_await started(wait_at(waker), 1);
  EXPECT_EQ(times, 0);
  waker->wake();
  waker->wake();
  co_await turns(1);
  EXPECT_EQ(times, 1);
  EXPECT_TRUE(waiting.done());
}

TEST_F(RemoteWaker, wakes_it_from_another_thread) {
  for (int i = 1; i <= 50; ++i) {
    start();
    const std::jthread other([this] { waker->wake(); });
    ASSERT_TRUE(runtime->run());
    EXPECT_EQ(times, i);
  }
}

ASYNC_TEST_F(RemoteWaker, is_void_once_the_task_waits_for_something_else) {
  std::optional<async::RemoteWaker> second;
  const auto wait_twice = [&]() -> Task<> {
    co_await wait_at(waker);
    co_await wait_at(second);
  };
  auto waiting = co_await started(wait_twice(), 1);
  waker->wake();
  co_await turns(1);
  EXPECT_EQ(times, 1);
  waker->wake();
  co_await turns(2);
  EXPECT_EQ(times, 1) << "a waker for an earlier wait is void";
  second->wake();
  (void)co_await waiting.join();
  EXPECT_EQ(times, 2);
}

TEST_F(RemoteWaker, may_outlive_the_task_and_the_runtime) {
  start();
  waker->wake();  // from outside a turn: by way of the loop
  runtime.reset();
  waker->wake();
  EXPECT_EQ(times, 0);
  async::RemoteWaker().wake();
}

TEST_F(RemoteWaker, waking_takes_no_memory) {
  start();
  std::thread([this] {
    const allocations::Shortage shortage(0);
    waker->wake();
    waker->wake();
  }).join();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(times, 1);
}

TEST_F(RemoteWaker, a_lack_of_memory_in_a_sender_loses_no_wake_up) {
  auto [sender, receiver] = channel<int>(1);
  auto receiving = started(*runtime, receiver.receive());
  std::thread([last = std::move(sender)]() mutable {
    const allocations::Shortage shortage(0);
    EXPECT_THROW((void)last.try_send(1), std::bad_alloc);
    drop(std::move(last));  // the end of the channel, which has to be told
  }).join();
  EXPECT_EQ(runtime->block_on(receiving.join()).error(), Errc::closed);
}

TEST_F(RemoteWaker, a_note_that_is_not_read_is_destroyed_with_the_runtime) {
  start();
  std::thread([this] { waker->wake(); }).join();
  runtime.reset();
  waker.reset();
  EXPECT_EQ(times, 0);
}

}  // namespace async::testing::remote_waker_test
