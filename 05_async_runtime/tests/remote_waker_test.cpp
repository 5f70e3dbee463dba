#include "async/core/remote_waker.hpp"

#include "../../03_request_context/tests/allocations.hpp"
#include "testing.hpp"

namespace async::testing {
namespace {

// Hands out a waker for its wait.
class Gate final : public Operation<> {
 public:
  explicit Gate(std::optional<RemoteWaker>& waker) : ticket_(waker) {}

 private:
  bool attempt() override {
    ++attempts_;
    if (attempts_ > 1) result_ = {};
    return attempts_ > 1;
  }
  bool park() override {
    ticket_.emplace(context());
    return true;
  }
  std::optional<RemoteWaker>& ticket_;
  int attempts_ = 0;
};
Task<> wait_at(std::optional<RemoteWaker>& waker, int& times) {
  (void)co_await Gate(waker);
  ++times;
}

ASYNC_TEST(RemoteWaker, wakes_the_task_that_waits) {
  std::optional<RemoteWaker> waker;
  int times = 0;
  auto waiting = co_await started(wait_at(waker, times), 1);
  EXPECT_EQ(times, 0);
  waker->wake();
  waker->wake();
  co_await turns(1);
  EXPECT_EQ(times, 1);
  EXPECT_TRUE(waiting.done());
}

TEST(RemoteWaker, wakes_it_from_another_thread) {
  for (int i = 0; i < 50; ++i) {
    std::optional<RemoteWaker> waker;
    int times = 0;
    auto runtime = Runtime::create().value();
    runtime->spawn(wait_at(waker, times));
    runtime->block_on(turns(1));
    ASSERT_TRUE(waker);
    std::thread other([&waker] { waker->wake(); });
    ASSERT_TRUE(runtime->run());
    other.join();
    EXPECT_EQ(times, 1);
  }
}

Task<> wait_twice(std::optional<RemoteWaker>& first, std::optional<RemoteWaker>& second,
                  int& times) {
  co_await wait_at(first, times);
  co_await wait_at(second, times);
}
ASYNC_TEST(RemoteWaker, is_void_once_the_task_waits_for_something_else) {
  std::optional<RemoteWaker> first, second;
  int times = 0;
  auto waiting = co_await started(wait_twice(first, second, times), 1);
  first->wake();
  co_await turns(1);
  EXPECT_EQ(times, 1);
  first->wake();
  co_await turns(2);
  EXPECT_EQ(times, 1) << "a waker for an earlier wait is void";
  second->wake();
  (void)co_await waiting.join();
  EXPECT_EQ(times, 2);
}

TEST(RemoteWaker, may_outlive_the_task_and_the_runtime) {
  std::optional<RemoteWaker> waker;
  int times = 0;
  {
    auto runtime = Runtime::create().value();
    runtime->spawn(wait_at(waker, times));
    runtime->block_on(turns(1));
    waker->wake();  // from outside of a turn: by way of the loop
  }
  waker->wake();
  EXPECT_EQ(times, 0);
  RemoteWaker().wake();
}

TEST(RemoteWaker, waking_takes_no_memory) {
  auto runtime = Runtime::create().value();
  std::optional<RemoteWaker> waker;
  int times = 0;
  runtime->spawn(wait_at(waker, times));
  runtime->block_on(turns(1));
  ASSERT_TRUE(waker);
  std::thread([&waker] {
    const allocations::Shortage shortage(0);
    waker->wake();
    waker->wake();
  }).join();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(times, 1);
}

Task<> receive_into(Receiver<int> receiver, sys::Result<int>& message) {
  message = co_await receiver.receive();
}
TEST(RemoteWaker, want_of_memory_in_a_sender_loses_no_wake_up) {
  auto runtime = Runtime::create().value();
  auto [sender, receiver] = channel<int>(1);
  sys::Result<int> message = 0;
  runtime->spawn(receive_into(std::move(receiver), message));
  runtime->block_on(turns(2));
  std::thread([last = std::move(sender)]() mutable {
    const allocations::Shortage shortage(0);
    EXPECT_THROW((void)last.try_send(1), std::bad_alloc);
    Sender<int> gone = std::move(last);  // the end of the channel, which has to be told
  }).join();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(message.error(), Errc::closed);
}

TEST(RemoteWaker, a_note_that_is_not_read_goes_with_the_runtime) {
  std::optional<RemoteWaker> waker;
  int times = 0;
  auto runtime = Runtime::create().value();
  runtime->spawn(wait_at(waker, times));
  runtime->block_on(turns(1));
  std::thread([&waker] { waker->wake(); }).join();
  runtime.reset();
  waker.reset();
  EXPECT_EQ(times, 0);
}

}  // namespace
}  // namespace async::testing
