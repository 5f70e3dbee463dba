#include "epoll/signals.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "event_source.hpp"
#include "signal_state.hpp"

namespace {

using epoll::Interest;
using epoll::Signals;
using epoll::Trigger;
using event_source::Watched;

// Counts the deliveries of a signal while it lives.
class Handler {
 public:
  explicit Handler(int number) : number_(number) {
    count_ = 0;
    struct sigaction action{};
    action.sa_handler = [](int) { count_ = count_ + 1; };
    sigaction(number_, &action, &before_);
  }
  ~Handler() { sigaction(number_, &before_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  [[nodiscard]] int count() const { return count_; }

 private:
  static inline volatile sig_atomic_t count_ = 0;
  int number_;
  struct sigaction before_{};
};

TEST(Signals, a_signal_is_read_and_no_longer_ends_the_process) {
  auto signals = Signals::create({SIGTERM, SIGINT}).value();
  Watched watched(signals.fd());
  EXPECT_FALSE(watched.is_ready());
  EXPECT_TRUE(sys::would_block(signals.next().error()));

  ::kill(::getpid(), SIGTERM);
  EXPECT_TRUE(watched.wait().is_readable());
  EXPECT_EQ(signals.next().value(), SIGTERM);

  EXPECT_FALSE(watched.is_ready());
  EXPECT_TRUE(sys::would_block(signals.next().error()));
}

TEST(Signals, level_reports_until_it_is_read_and_edge_reports_once) {
  auto signals = Signals::create({SIGUSR1}).value();
  Watched level(signals.fd(), Interest::read(), Trigger::level);
  Watched edge(signals.fd(), Interest::read(), Trigger::edge);
  ::raise(SIGUSR1);
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());
  EXPECT_EQ(signals.next().value(), SIGUSR1);  // or it would end the test at the drop
}

TEST(Signals, a_signal_that_comes_twice_before_it_is_read_is_read_once) {
  auto signals = Signals::create({SIGUSR1, SIGUSR2}).value();
  ::raise(SIGUSR2);
  ::raise(SIGUSR1);
  ::raise(SIGUSR2);
  EXPECT_EQ(signals.next().value(), SIGUSR1);  // pending signals come in the order of their numbers
  EXPECT_EQ(signals.next().value(), SIGUSR2);
  EXPECT_TRUE(sys::would_block(signals.next().error()));
}

TEST(Signals, other_signals_are_left_alone) {
  const Handler handler(SIGUSR2);
  auto signals = Signals::create({SIGUSR1}).value();
  ::raise(SIGUSR2);
  EXPECT_EQ(handler.count(), 1);
  EXPECT_TRUE(sys::would_block(signals.next().error()));
}

TEST(Signals, dropping_it_gives_the_mask_back) {
  {
    auto signals = Signals::create({SIGUSR1}).value();
    EXPECT_TRUE(is_blocked(SIGUSR1));
  }
  EXPECT_FALSE(is_blocked(SIGUSR1));
}

TEST(Signals, what_was_blocked_before_stays_blocked) {
  auto outer = Signals::create({SIGUSR1}).value();
  {
    auto inner = Signals::create({SIGUSR1, SIGUSR2}).value();
  }
  EXPECT_TRUE(is_blocked(SIGUSR1));
  EXPECT_FALSE(is_blocked(SIGUSR2));
}

TEST(Signals, a_signal_that_was_never_read_is_delivered_at_the_drop) {
  const Handler handler(SIGUSR1);
  {
    auto signals = Signals::create({SIGUSR1}).value();
    ::raise(SIGUSR1);
    EXPECT_EQ(handler.count(), 0);
  }
  EXPECT_EQ(handler.count(), 1);
}

TEST(Signals, a_signal_that_was_read_is_not_delivered_any_more) {
  const Handler handler(SIGUSR1);
  {
    auto signals = Signals::create({SIGUSR1}).value();
    ::raise(SIGUSR1);
    EXPECT_EQ(signals.next().value(), SIGUSR1);
  }
  EXPECT_EQ(handler.count(), 0);
}

TEST(Signals, the_mask_moves_along_with_the_object) {
  std::optional<Signals> to;
  {
    auto from = Signals::create({SIGUSR1}).value();
    to.emplace(std::move(from));
  }
  EXPECT_TRUE(is_blocked(SIGUSR1));
  to = Signals::create({SIGUSR2}).value();
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_TRUE(is_blocked(SIGUSR2));
  to.reset();
  EXPECT_FALSE(is_blocked(SIGUSR2));
}

TEST(Signals, threads_started_later_inherit_the_mask) {
  auto signals = Signals::create({SIGUSR1}).value();
  bool blocked_there = false;
  std::thread([&] {
    blocked_there = is_blocked(SIGUSR1);
    ::kill(::getpid(), SIGUSR1);  // to the process: any thread that does not block it would get it
  }).join();
  EXPECT_TRUE(blocked_there);
  EXPECT_EQ(signals.next().value(), SIGUSR1);
}

TEST(Signals, what_is_no_signal_or_cannot_be_blocked_is_einval) {
  for (const int number : {0, -1, SIGRTMAX + 1, SIGKILL, SIGSTOP}) {
    EXPECT_EQ(Signals::create({SIGUSR1, number}).error(), std::errc::invalid_argument) << number;
    EXPECT_FALSE(is_blocked(SIGUSR1));
  }
}

TEST(Signals, it_does_not_block_is_not_inherited_and_is_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto signals = Signals::create({SIGUSR1}).value();
    EXPECT_TRUE(sys::would_block(signals.next().error())) << "it does not block";
    EXPECT_TRUE(event_source::closes_on_exec(signals.fd()));
    EXPECT_EQ(watch.change(), 3);  // signalfd, eventfd, epoll
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(Signals, a_system_call_that_fails_is_reported_and_leaves_nothing_behind) {
  const std::size_t calls = event_source::sweep_faults([]() -> sys::Result<Signals> {
    EXPECT_FALSE(is_blocked(SIGUSR1));  // whatever failed before, it was undone
    auto signals = Signals::create({SIGUSR1});
    if (!signals) return signals;
    ::raise(SIGUSR1);
    if (auto number = signals->next(); !number) {
      EXPECT_EQ(signals->next().value(), SIGUSR1);  // it is still there for another try
      return sys::failure(number.error());
    }
    return signals;
  });
  EXPECT_EQ(calls, 8u);  // sigaddset, pthread_sigmask, signalfd, eventfd, three of epoll, read
}

TEST(Signals, all_that_listen_for_a_number_are_notified) {
  auto first = Signals::create({SIGUSR1, SIGUSR2}).value();
  auto second = Signals::create({SIGUSR1}).value();
  auto third = Signals::create({SIGUSR2}).value();
  Watched watched(second.fd(), Interest::read(), Trigger::edge);
  ::kill(::getpid(), SIGUSR1);
  EXPECT_TRUE(watched.wait().is_readable());
  EXPECT_EQ(first.next().value(), SIGUSR1);
  EXPECT_TRUE(sys::would_block(first.next().error())) << "once";
  EXPECT_TRUE(watched.wait().is_readable()) << "it was passed on";
  EXPECT_EQ(second.next().value(), SIGUSR1);
  EXPECT_TRUE(sys::would_block(second.next().error()));
  EXPECT_FALSE(watched.is_ready());
  EXPECT_TRUE(sys::would_block(third.next().error())) << "it has not asked for that number";
}

TEST(Signals, a_number_stays_blocked_until_the_last_that_listens_for_it_is_gone) {
  const Handler handler(SIGUSR1);
  std::optional<Signals> first = Signals::create({SIGUSR1}).value();
  std::optional<Signals> second = Signals::create({SIGUSR1}).value();
  first.reset();
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(handler.count(), 0);
  EXPECT_EQ(second->next().value(), SIGUSR1);
  second.reset();
  EXPECT_FALSE(is_blocked(SIGUSR1));
}

TEST(Signals, one_in_another_thread_keeps_a_number_blocked_and_is_notified) {
  const Handler handler(SIGUSR1);
  std::optional<Signals> here = Signals::create({SIGUSR1}).value();
  std::optional<Signals> there;
  std::thread([&] { there = Signals::create({SIGUSR1}).value(); }).join();
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(here->next().value(), SIGUSR1);
  EXPECT_EQ(there->next().value(), SIGUSR1);
  here.reset();
  EXPECT_TRUE(is_blocked(SIGUSR1)) << "or a signal that is meant for the other would end us";
  there.reset();
}

TEST(Signals, a_read_that_is_interrupted_is_repeated) {
  auto signals = Signals::create({SIGUSR1}).value();
  ::raise(SIGUSR1);
  sys::FailNth first_read(1, EINTR, "read");
  const sys::ScopedObserver watching(first_read);
  EXPECT_EQ(signals.next().value(), SIGUSR1);
  EXPECT_EQ(first_read.seen(), 2u);
}

}  // namespace
