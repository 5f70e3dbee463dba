// What may be called from elsewhere: `post` and `stop`, from other threads and from signal handlers.
#include <signal.h>
#include <sys/time.h>

#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "event_loop/event_loop.hpp"
#include "line.hpp"
#include "syscall/observer.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using event_loop::Clock;
using event_loop::EventLoop;
using event_loop::testing::kLook;
using event_loop::testing::make_loop;

// --- other threads

TEST(EventLoop, posted_work_runs_in_the_thread_of_the_loop_in_order) {
  const auto loop = make_loop();
  constexpr int kEach = 2000;
  constexpr int kThreads = 4;
  std::array<std::vector<int>, kThreads> seen;
  bool right_thread = true;
  const auto loop_thread = std::this_thread::get_id();
  int left = kThreads * kEach;
  std::vector<std::jthread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      for (int i = 0; i < kEach; ++i) {
        loop->post([&, number, i] {
          right_thread = right_thread && std::this_thread::get_id() == loop_thread;
          seen[number].push_back(i);
          if (--left == 0) loop->stop();
        });
      }
    });
  }
  ASSERT_TRUE(loop->run());
  EXPECT_TRUE(right_thread);
  for (const auto& numbers : seen) {
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(kEach));
    for (int i = 0; i < kEach; ++i) ASSERT_EQ(numbers[i], i);
  }
}

TEST(EventLoop, a_post_ends_a_wait_that_has_begun) {
  // Tells the test that the loop is about to wait.
  class WaitBegins : public sys::Observer {
   public:
    int before(std::string_view name) noexcept override {
      if (name == "epoll_wait") begins.release();
      return 0;
    }
    void after(std::string_view, int) noexcept override {}
    std::counting_semaphore<1000> begins{0};
  };
  const auto loop = make_loop();
  WaitBegins waits;
  for (int i = 0; i < 20; ++i) {
    bool ran = false;
    std::jthread poster([&] {
      waits.begins.acquire();
      loop->post([&ran] { ran = true; });
    });
    sys::ScopedObserver watching(waits);
    EXPECT_EQ(loop->run_once(std::nullopt), 1u);
    EXPECT_TRUE(ran);
  }
}

TEST(EventLoop, a_thousand_posts_wake_the_loop_once) {
  const auto loop = make_loop();
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  int ran = 0;
  for (int round = 1; round <= 3; ++round) {
    calls.reset();
    for (int i = 0; i < 1000; ++i) loop->post([&] { ++ran; });
    EXPECT_EQ(calls.of("write"), 1u);
    EXPECT_EQ(loop->run_once(std::nullopt), 1000u);
    EXPECT_EQ(ran, round * 1000);
    EXPECT_EQ(loop->run_once(kLook), 0u) << "a wake-up was left over";
    EXPECT_EQ(calls.of("read"), 1u);
  }
}

TEST(EventLoop, wakes_without_holding_the_lock) {
  // While the wake-up is on its way, another thread must be able to post.
  class PostMeanwhile : public sys::Observer {
   public:
    explicit PostMeanwhile(EventLoop& loop) : loop_(loop) {}
    ~PostMeanwhile() override {
      if (other_.joinable()) other_.join();
    }
    int before(std::string_view name) noexcept override {
      if (name != "write" || other_.joinable()) return 0;
      other_ = std::thread([this] {
        loop_.post([] {});
        done_.release();
      });
      posted_meanwhile = done_.try_acquire_for(10s);
      return 0;
    }
    void after(std::string_view, int) noexcept override {}
    bool posted_meanwhile = false;

   private:
    EventLoop& loop_;
    std::thread other_;
    std::binary_semaphore done_{0};
  };
  const auto loop = make_loop();
  {
    PostMeanwhile observer(*loop);
    sys::ScopedObserver watching(observer);
    loop->post([] {});
    EXPECT_TRUE(observer.posted_meanwhile);
  }
  EXPECT_EQ(loop->run_once(std::nullopt), 2u);
}

TEST(EventLoop, what_is_posted_while_the_wake_up_is_taken_is_not_lost) {
  // Posts whenever the loop is about to make its eventfd quiet.
  class PostBeforeTheDrain : public sys::Observer {
   public:
    PostBeforeTheDrain(EventLoop& loop, int& ran) : loop_(loop), ran_(ran) {}
    int before(std::string_view name) noexcept override {
      if (name == "read") {
        ++posted;
        std::jthread([this] { loop_.post([this] { ++ran_; }); }).join();
      }
      return 0;
    }
    void after(std::string_view, int) noexcept override {}
    int posted = 0;

   private:
    EventLoop& loop_;
    int& ran_;
  };
  const auto loop = make_loop();
  int ran = 0;
  PostBeforeTheDrain observer(*loop, ran);
  sys::ScopedObserver watching(observer);
  loop->post([] {});
  for (int turn = 0; turn < 5; ++turn) ASSERT_TRUE(loop->run_once(kLook));
  EXPECT_GE(observer.posted, 1);
  EXPECT_EQ(ran, observer.posted);
}

TEST(EventLoop, posted_work_may_post_more_for_the_next_turn) {
  const auto loop = make_loop();
  int times = 0;
  std::function<void()> again = [&] {
    if (++times < 3) loop->post(again);
  };
  loop->post(again);
  for (int turn = 1; turn <= 3; ++turn) {
    EXPECT_EQ(loop->run_once(std::nullopt), 1u);
    EXPECT_EQ(times, turn);
  }
}

TEST(EventLoop, work_that_never_ran_is_destroyed_with_the_loop) {
  const auto witness = std::make_shared<int>(0);
  {
    const auto loop = make_loop();
    loop->post([witness] {});
    loop->defer([witness] {});
    EXPECT_EQ(witness.use_count(), 3);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(EventLoop, stop_from_another_thread_ends_run) {
  const auto loop = make_loop();
  for (int i = 0; i < 100; ++i) {
    int written_before = 0;
    std::jthread stopper([&] {
      written_before = i + 1;
      loop->stop();
    });
    ASSERT_TRUE(loop->run());
    EXPECT_EQ(written_before, i + 1);
  }
}

TEST(EventLoop, a_stop_before_run_is_not_lost_and_is_used_up_by_it) {
  const auto loop = make_loop();
  loop->stop();
  ASSERT_TRUE(loop->run());
  EXPECT_EQ(loop->turns(), 0u);
  bool ran = false;
  loop->post([&] {
    ran = true;
    loop->stop();
  });
  ASSERT_TRUE(loop->run());
  EXPECT_TRUE(ran) << "the first stop has ended the second run, too";
}

TEST(EventLoop, stop_lets_the_turn_end_first) {
  const auto loop = make_loop();
  bool later = false;
  loop->defer([&] {
    loop->stop();
    loop->defer([&] { later = true; });
  });
  bool sooner = false;
  loop->defer([&] { sooner = true; });
  ASSERT_TRUE(loop->run());
  EXPECT_TRUE(sooner);
  EXPECT_FALSE(later);
}

// --- signals

EventLoop* loop_to_stop = nullptr;
volatile std::sig_atomic_t signals_seen = 0;

void stop_the_loop(int) {
  signals_seen = signals_seen + 1;
  loop_to_stop->stop();
}
void count_signal(int) {
  signals_seen = signals_seen + 1;
}

// Has `handler` called with each SIGALRM of a real clock, and puts everything back.
class Alarm {
 public:
  Alarm(void (*handler)(int), std::chrono::microseconds first, std::chrono::microseconds then) {
    struct sigaction action{};
    action.sa_handler = handler;
    EXPECT_EQ(::sigaction(SIGALRM, &action, nullptr), 0);
    const itimerval times{{0, then.count()}, {0, first.count()}};
    EXPECT_EQ(::setitimer(ITIMER_REAL, &times, nullptr), 0);
  }
  ~Alarm() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
};

TEST(EventLoop, stop_from_a_signal_handler_ends_run) {
  const auto loop = make_loop();
  loop_to_stop = loop.get();
  signals_seen = 0;
  const Alarm alarm(stop_the_loop, 20ms, 0us);
  ASSERT_TRUE(loop->run());
  EXPECT_EQ(signals_seen, 1);
}

TEST(EventLoop, a_signal_handler_that_stops_the_loop_leaves_errno_alone) {
  const auto loop = make_loop();
  loop_to_stop = loop.get();
  struct sigaction action{};
  action.sa_handler = stop_the_loop;
  ASSERT_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
  // Even where the wake-up itself fails.
  sys::FailNth failing(1, EAGAIN, "write");
  sys::ScopedObserver watching(failing);
  errno = EXDEV;
  ::raise(SIGUSR1);
  EXPECT_EQ(errno, EXDEV);
  EXPECT_TRUE(failing.has_failed());
}

TEST(EventLoop, signals_do_not_end_a_wait_nor_shorten_it) {
  const auto loop = make_loop();
  signals_seen = 0;
  const auto begin = Clock::now();
  {
    const Alarm alarm(count_signal, 3ms, 3ms);
    while (signals_seen < 3) EXPECT_EQ(loop->run_once(40ms), 0u);
  }
  EXPECT_GE(Clock::now() - begin, 40ms * loop->turns());
}

}  // namespace
