#include "event_loop/event_loop.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "epoll/socket.hpp"
#include "syscall/call.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ns;
using epoll::Interest;
using epoll::Trigger;
using event_loop::CallbackTimer;
using event_loop::Clock;
using event_loop::EventLoop;

constexpr std::chrono::nanoseconds kLook{0};  // only look, do not wait

// Calls a function with each event, and counts them.
class Listener : public event_loop::Source {
 public:
  Listener() = default;
  explicit Listener(std::function<void()> then) : then_(std::move(then)) {}
  void on_event(const epoll::Event& event) override {
    ++events;
    last_bits = event.bits();
    if (then_) then_();
  }
  int events = 0;
  std::uint32_t last_bits = 0;

 private:
  std::function<void()> then_;
};

// Two ends of a connection. What is sent into `far` makes `near` readable.
struct Line {
  epoll::UniqueFd near, far;
  Line() {
    auto pair = epoll::make_socket_pair(SOCK_STREAM).value();
    near = std::move(pair.first);
    far = std::move(pair.second);
  }
  void send() const { ASSERT_EQ(::send(far.get(), "x", 1, MSG_NOSIGNAL), 1); }
  void take() const {
    char byte;
    ASSERT_EQ(::recv(near.get(), &byte, 1, MSG_DONTWAIT), 1);
  }
};

std::unique_ptr<EventLoop> make_loop() {
  return EventLoop::create().value();
}

// --- sources

TEST(EventLoop, tells_a_source_about_its_descriptor) {
  const auto loop = make_loop();
  const Line line;
  Listener listener;
  ASSERT_TRUE(loop->add(line.near.get(), Interest::read(), Trigger::level, listener));
  EXPECT_EQ(loop->run_once(kLook), 0u);
  EXPECT_EQ(listener.events, 0);
  line.send();
  EXPECT_EQ(loop->run_once(kLook), 1u);
  EXPECT_EQ(listener.events, 1);
  EXPECT_TRUE(listener.last_bits & EPOLLIN);
  EXPECT_EQ(loop->sources(), 1u);
}

TEST(EventLoop, modify_changes_what_is_told_and_how_often) {
  const auto loop = make_loop();
  const Line line;
  Listener listener;
  const auto token = loop->add(line.near.get(), Interest::read(), Trigger::level, listener).value();
  ASSERT_TRUE(loop->modify(token, Interest::write(), Trigger::oneshot));
  line.send();
  ASSERT_TRUE(loop->run_once(kLook));
  ASSERT_TRUE(loop->run_once(kLook));
  EXPECT_EQ(listener.events, 1) << "a one-shot was told twice";
  EXPECT_EQ(listener.last_bits, static_cast<std::uint32_t>(EPOLLOUT));
  ASSERT_TRUE(loop->modify(token, Interest::read(), Trigger::level));
  ASSERT_TRUE(loop->run_once(kLook));
  EXPECT_EQ(listener.last_bits, static_cast<std::uint32_t>(EPOLLIN));
}

TEST(EventLoop, a_removed_source_hears_nothing_more) {
  const auto loop = make_loop();
  const Line line;
  Listener listener;
  const auto token = loop->add(line.near.get(), Interest::read(), Trigger::level, listener).value();
  line.send();
  loop->remove(token);
  EXPECT_EQ(loop->run_once(kLook), 0u);
  EXPECT_EQ(listener.events, 0);
  EXPECT_EQ(loop->sources(), 0u);
}

TEST(EventLoop, a_removed_source_stays_silent_although_a_duplicate_keeps_its_file_open) {
  const auto loop = make_loop();
  Line line;
  Listener listener;
  const auto token = loop->add(line.near.get(), Interest::read(), Trigger::level, listener).value();
  const epoll::UniqueFd duplicate(::dup(line.near.get()));
  loop->remove(token);
  line.near.reset();
  line.send();
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  const auto begin = Clock::now();
  EXPECT_EQ(loop->run_once(20ms), 0u);
  EXPECT_GE(Clock::now() - begin, 20ms) << "it was woken for nobody";
  EXPECT_EQ(calls.of("epoll_wait"), 1u);
  EXPECT_EQ(listener.events, 0);
}

TEST(EventLoop, removing_twice_is_harmless_and_modifying_what_is_gone_is_enoent) {
  const auto loop = make_loop();
  const Line first, second;
  Listener listener;
  const auto old = loop->add(first.near.get(), Interest::read(), Trigger::level, listener).value();
  loop->remove(old);
  const auto young =
      loop->add(second.near.get(), Interest::read(), Trigger::level, listener).value();
  ASSERT_EQ(old.index, young.index) << "this test wants the slot to be let again";
  loop->remove(old);
  loop->remove(epoll::Token{});
  EXPECT_EQ(loop->sources(), 1u);
  EXPECT_EQ(loop->modify(old, Interest::write(), Trigger::level).error(),
            std::errc::no_such_file_or_directory);
  second.send();
  EXPECT_EQ(loop->run_once(kLook), 1u);
}

TEST(EventLoop, an_add_that_fails_leaves_nothing_behind) {
  const auto loop = make_loop();
  const Line line;
  Listener listener, another;
  ASSERT_TRUE(loop->add(line.near.get(), Interest::read(), Trigger::level, listener));
  EXPECT_EQ(loop->add(line.near.get(), Interest::read(), Trigger::level, another).error(),
            std::errc::file_exists);
  EXPECT_EQ(loop->add(-1, Interest::read(), Trigger::level, another).error(),
            std::errc::bad_file_descriptor);
  EXPECT_EQ(loop->sources(), 1u);
  line.send();
  EXPECT_EQ(loop->run_once(kLook), 1u);
  EXPECT_EQ(another.events, 0);
}

TEST(EventLoop, a_source_removed_by_an_earlier_callback_of_the_same_batch_hears_nothing) {
  const auto loop = make_loop();
  const Line first_line, second_line;
  epoll::Token first_token, second_token;
  // Whichever is told first removes the other.
  Listener first([&] { loop->remove(second_token); });
  Listener second([&] { loop->remove(first_token); });
  first_token = loop->add(first_line.near.get(), Interest::read(), Trigger::level, first).value();
  second_token =
      loop->add(second_line.near.get(), Interest::read(), Trigger::level, second).value();
  first_line.send();
  second_line.send();
  EXPECT_EQ(loop->run_once(kLook), 1u);
  EXPECT_EQ(first.events + second.events, 1);
}

TEST(EventLoop, a_source_may_remove_and_destroy_itself) {
  const auto loop = make_loop();
  const Line line;
  epoll::Token token;
  auto listener = std::make_unique<Listener>();
  *listener = Listener([&] {
    loop->remove(token);
    listener.reset();
  });
  token = loop->add(line.near.get(), Interest::read(), Trigger::level, *listener).value();
  line.send();
  EXPECT_EQ(loop->run_once(kLook), 1u);
  EXPECT_EQ(listener, nullptr);
  EXPECT_EQ(loop->run_once(kLook), 0u);
}

TEST(EventLoop, a_stale_event_does_not_reach_the_next_owner_of_its_descriptor_number) {
  const auto loop = make_loop();
  Line first_line, second_line;
  Line fresh;  // nothing is sent on it before the end
  Listener newcomer;
  epoll::Token first_token, second_token;
  bool took_over = false;
  // Whichever is told first closes the other and has its number taken over by a new source, while
  // the event for the old one waits in the same batch.
  const auto take_over = [&](epoll::Token token, Line& line) {
    const int number = line.near.get();
    loop->remove(token);
    line.near.reset();
    line.near.reset(::dup(fresh.near.get()));
    ASSERT_EQ(line.near.get(), number) << "this test wants the number to be used again";
    ASSERT_TRUE(loop->add(number, Interest::read(), Trigger::level, newcomer));
    took_over = true;
  };
  Listener first([&] {
    first_line.take();
    if (!took_over) take_over(second_token, second_line);
  });
  Listener second([&] {
    second_line.take();
    if (!took_over) take_over(first_token, first_line);
  });
  first_token = loop->add(first_line.near.get(), Interest::read(), Trigger::level, first).value();
  second_token =
      loop->add(second_line.near.get(), Interest::read(), Trigger::level, second).value();
  first_line.send();
  second_line.send();
  EXPECT_EQ(loop->run_once(kLook), 1u);
  EXPECT_TRUE(took_over);
  EXPECT_EQ(first.events + second.events, 1);
  EXPECT_EQ(newcomer.events, 0);
  fresh.send();
  EXPECT_EQ(loop->run_once(kLook), 1u);
  EXPECT_EQ(newcomer.events, 1);
}

TEST(EventLoop, more_ready_sources_than_one_batch_holds_are_all_told) {
  const auto loop = make_loop();
  constexpr int kSources = 1100;  // a batch has room for 1024
  const Line line;
  line.send();
  std::vector<epoll::UniqueFd> duplicates;
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < kSources; ++i) {
    duplicates.emplace_back(::dup(line.near.get()));
    ASSERT_TRUE(duplicates.back()) << "the limit of open descriptors is too low for this test";
    listeners.push_back(std::make_unique<Listener>());
    ASSERT_TRUE(
        loop->add(duplicates.back().get(), Interest::read(), Trigger::level, *listeners.back()));
  }
  ASSERT_TRUE(loop->run_once(kLook));
  ASSERT_TRUE(loop->run_once(kLook));
  for (const auto& listener : listeners) EXPECT_GE(listener->events, 1);
}

// --- deferred work

TEST(EventLoop, deferred_work_runs_after_all_events_and_timers_of_its_turn) {
  const auto loop = make_loop();
  const Line first_line, second_line;
  std::string order;
  const auto tell = [&] {
    order += 'e';
    loop->defer([&] { order += 'd'; });
  };
  Listener first(tell), second(tell);
  CallbackTimer timer([&] { order += 't'; });
  ASSERT_TRUE(loop->add(first_line.near.get(), Interest::read(), Trigger::oneshot, first));
  ASSERT_TRUE(loop->add(second_line.near.get(), Interest::read(), Trigger::oneshot, second));
  loop->timers().set(timer, loop->now());
  first_line.send();
  second_line.send();
  EXPECT_EQ(loop->run_once(std::nullopt), 5u);
  EXPECT_EQ(order, "eetdd");
}

TEST(EventLoop, work_that_defers_itself_runs_once_a_turn_and_does_not_wait) {
  const auto loop = make_loop();
  const Line line;
  Listener listener([&] { line.take(); });
  ASSERT_TRUE(loop->add(line.near.get(), Interest::read(), Trigger::level, listener));
  int times = 0;
  std::function<void()> again = [&] {
    ++times;
    line.send();
    loop->defer(again);
  };
  loop->defer(again);
  for (int turn = 1; turn <= 5; ++turn) {
    ASSERT_TRUE(loop->run_once(std::nullopt));  // for ever, if it waited
    EXPECT_EQ(times, turn);
    EXPECT_EQ(listener.events, turn - 1) << "events are looked at in between";
  }
}

// --- timers and waiting

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

TEST(EventLoop, a_timer_that_sets_itself_again_at_once_holds_nobody_up) {
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
  const auto turns = loop->turns();
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  EXPECT_EQ(loop->run_once(100ms), 0u);
  EXPECT_EQ(loop->turns(), turns + 1);
  EXPECT_EQ(calls.total(), 1u) << calls.summary();
  EXPECT_EQ(calls.of("epoll_wait"), 1u);
}

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

// --- faults

TEST(EventLoop, an_interrupted_wait_is_repeated) {
  const auto loop = make_loop();
  const Line line;
  Listener listener;
  ASSERT_TRUE(loop->add(line.near.get(), Interest::read(), Trigger::level, listener));
  line.send();
  sys::FailNth interrupted(1, EINTR, "epoll_wait");
  sys::ScopedObserver watching(interrupted);
  EXPECT_EQ(loop->run_once(std::nullopt), 1u);
  EXPECT_TRUE(interrupted.has_failed());
}

TEST(EventLoop, an_error_of_the_wait_comes_out_of_run) {
  const auto loop = make_loop();
  sys::FailNth failing(1, EINVAL, "epoll_wait");
  sys::ScopedObserver watching(failing);
  EXPECT_EQ(loop->run().error(), std::errc::invalid_argument);
}

TEST(EventLoop, whichever_call_of_create_and_add_fails_nothing_leaks) {
  const Line line;
  const sys::DescriptorWatch descriptors;
  Listener listener;
  const auto scenario = [&]() -> sys::Result<> {
    auto loop = EventLoop::create();
    if (!loop) return sys::failure(loop.error());
    auto token = (*loop)->add(line.near.get(), Interest::read(), Trigger::level, listener);
    if (!token) {
      EXPECT_EQ((*loop)->sources(), 0u);
      return sys::failure(token.error());
    }
    (*loop)->remove(*token);
    return {};
  };
  for (const int error : {EMFILE, ENOMEM, EINTR, ENOSPC}) {
    std::size_t nth = 1;
    for (;; ++nth) {
      // A close that is made to fail has closed nothing; those two come at the end.
      sys::FailNth failing(nth, error);
      sys::ScopedObserver watching(failing);
      const auto outcome = scenario();
      if (outcome) break;
      EXPECT_EQ(outcome.error(), sys::error_code(error)) << "call " << nth;
    }
    EXPECT_EQ(nth, 5u) << "create makes three calls that can fail, add one";
    EXPECT_EQ(descriptors.change(), 0);
  }
}

TEST(EventLoop, an_exception_of_a_callback_leaves_through_run_and_the_loop_can_be_run_again) {
  const auto loop = make_loop();
  loop->defer([] { throw std::runtime_error("a mistake of the program"); });
  EXPECT_THROW((void)loop->run(), std::runtime_error);
  bool ran = false;
  loop->post([&] {
    ran = true;
    loop->stop();
  });
  ASSERT_TRUE(loop->run());
  EXPECT_TRUE(ran);
}

TEST(EventLoop, two_descriptors_are_all_it_holds) {
  const sys::DescriptorWatch descriptors;
  {
    const auto loop = make_loop();
    EXPECT_EQ(descriptors.change(), 2);
  }
  EXPECT_EQ(descriptors.change(), 0);
}

}  // namespace
