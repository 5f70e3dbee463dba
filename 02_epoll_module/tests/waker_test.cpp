#include "epoll/waker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "event_source.hpp"
#include "syscall/call.hpp"

namespace {

using epoll::Interest;
using epoll::Trigger;
using event_source::Watched;

class Waker : public testing::Test {
 protected:
  epoll::Waker waker_ = epoll::Waker::create().value();
};

TEST_F(Waker, is_readable_from_wake_to_drain) {
  Watched watched(waker_.fd());
  EXPECT_FALSE(watched.is_ready());
  waker_.wake();
  EXPECT_TRUE(watched.is_ready());
  EXPECT_TRUE(watched.is_ready()) << "until it is drained";
  EXPECT_TRUE(waker_.drain());
  EXPECT_FALSE(watched.is_ready());
}

TEST_F(Waker, one_drain_takes_all_wake_ups) {
  for (int i = 0; i < 100; ++i) waker_.wake();
  EXPECT_TRUE(waker_.drain());
  EXPECT_FALSE(waker_.drain());
}

TEST_F(Waker, draining_says_whether_there_was_anything) {
  EXPECT_FALSE(waker_.drain());
  waker_.wake();
  EXPECT_TRUE(waker_.drain());
}

TEST_F(Waker, is_reported_each_time_under_edge_trigger_without_draining) {
  Watched watched(waker_.fd(), Interest::read(), Trigger::edge);
  waker_.wake();
  EXPECT_TRUE(watched.is_ready());
  EXPECT_FALSE(watched.is_ready());
  waker_.wake();
  EXPECT_TRUE(watched.is_ready());
}

TEST_F(Waker, a_wake_up_before_the_wait_is_not_lost) {
  waker_.wake();
  Watched watched(waker_.fd(), Interest::read(), Trigger::edge);
  EXPECT_TRUE(watched.wait().is_readable());
}

TEST_F(Waker, ends_the_wait_of_another_thread) {
  Watched watched(waker_.fd());
  std::thread other([this] { waker_.wake(); });
  EXPECT_TRUE(watched.wait().is_readable());
  other.join();
}

// Work is put down first and then announced; the waiting thread drains first and then looks for
// work. Whatever the order in which the two run, nothing stays undone.
TEST_F(Waker, draining_before_looking_for_work_loses_none) {
  constexpr int kItems = 20'000;
  std::atomic<int> put_down = 0;
  std::thread other([&] {
    for (int i = 0; i < kItems; ++i) {
      put_down.fetch_add(1, std::memory_order_relaxed);
      waker_.wake();
    }
  });
  Watched watched(waker_.fd());
  for (int seen = 0; seen < kItems;) {
    watched.wait();
    EXPECT_TRUE(waker_.drain());
    seen = put_down.load(std::memory_order_relaxed);
  }
  other.join();
}

TEST_F(Waker, a_full_counter_neither_blocks_nor_fails) {
  const std::uint64_t almost_all = 0xffff'ffff'ffff'fffe;
  const void* const bytes = &almost_all;
  ASSERT_TRUE(sys::call<::write>(waker_.fd(), bytes, sizeof almost_all));
  waker_.wake();
  EXPECT_TRUE(Watched(waker_.fd()).is_ready());
  EXPECT_TRUE(waker_.drain());
}

TEST_F(Waker, leaves_errno_alone) {
  const std::uint64_t almost_all = 0xffff'ffff'ffff'fffe;
  const void* const bytes = &almost_all;
  ASSERT_TRUE(sys::call<::write>(waker_.fd(), bytes, sizeof almost_all));
  errno = EXDEV;
  waker_.wake();  // fails with EAGAIN inside
  EXPECT_EQ(errno, EXDEV);
}

TEST_F(Waker, is_not_put_off_by_a_signal) {
  sys::FailNth interrupted(1, EINTR);
  {
    sys::ScopedObserver watching(interrupted);
    waker_.wake();
  }
  EXPECT_TRUE(Watched(waker_.fd()).is_ready());
}

const epoll::Waker* waker_of_handler = nullptr;
void wake_from_handler(int) {
  waker_of_handler->wake();
}

TEST_F(Waker, can_be_used_in_a_signal_handler) {
  waker_of_handler = &waker_;
  ASSERT_NE(std::signal(SIGUSR1, wake_from_handler), SIG_ERR);
  Watched watched(waker_.fd());
  ASSERT_EQ(std::raise(SIGUSR1), 0);
  EXPECT_TRUE(watched.wait().is_readable());
}

TEST_F(Waker, costs_one_call_to_wake_and_one_to_drain) {
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  waker_.wake();
  waker_.wake();
  EXPECT_TRUE(waker_.drain());
  EXPECT_EQ(calls.summary(), "read 1, write 2");
}

TEST_F(Waker, is_closed_by_its_owner_and_in_a_child) {
  EXPECT_TRUE(event_source::closes_on_exec(waker_.fd()));
  EXPECT_TRUE(event_source::never_blocks(waker_.fd()));
  EXPECT_EQ(event_source::sweep_faults(epoll::Waker::create), 1u);
}

}  // namespace
