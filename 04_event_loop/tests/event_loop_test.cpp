#include "event_loop/event_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "idle.hpp"
#include "line.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using std::chrono_literals::operator""ms;
using epoll::Interest;
using epoll::Trigger;
using event_loop::CallbackTimer;
using event_loop::Clock;
using event_loop::EventLoop;
using event_loop::testing::kLook;
using event_loop::testing::Line;
using event_loop::testing::Listener;
using event_loop::testing::make_loop;
using event_loop::testing::sleeps_in_one_wait;

// --- sources

TEST(EventLoop, reports_to_a_source_what_its_descriptor_is_ready_for) {
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

TEST(EventLoop, modify_changes_what_is_reported_and_how_often) {
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

TEST(EventLoop, a_removed_source_gets_no_more_events) {
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
  const auto begin = Clock::now();
  EXPECT_TRUE(sleeps_in_one_wait(*loop, 20ms));
  EXPECT_GE(Clock::now() - begin, 20ms) << "it was woken for nothing";
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

TEST(EventLoop, a_source_removed_by_an_earlier_callback_of_the_same_batch_gets_no_event) {
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

TEST(EventLoop, more_ready_sources_than_one_batch_holds_are_all_reported) {
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

TEST(EventLoop, what_was_posted_after_one_that_throws_runs_in_the_next_turn) {
  const auto loop = make_loop();
  std::string log;
  loop->post([&] { log += 'a'; });
  loop->post([] { throw std::runtime_error("a mistake of the program"); });
  loop->post([&] { log += 'b'; });
  loop->defer([&] { log += 'c'; });
  loop->defer([] { throw std::runtime_error("a mistake of the program"); });
  loop->defer([&] { log += 'd'; });
  EXPECT_THROW((void)loop->run_once(kLook), std::runtime_error);
  EXPECT_EQ(log, "a");
  EXPECT_THROW((void)loop->run_once(std::chrono::minutes(1)), std::runtime_error) << "of `defer`";
  EXPECT_EQ(log, "abc");
  ASSERT_TRUE(loop->run_once(std::chrono::minutes(1))) << "there is something to do: it waits not";
  EXPECT_EQ(log, "abcd");
  ASSERT_TRUE(loop->run_once(kLook));
  EXPECT_EQ(log, "abcd") << "each has run once";
}

TEST(EventLoop, what_was_posted_before_a_timer_throws_ends_the_next_wait) {
  const auto loop = make_loop();
  CallbackTimer timer([] { throw std::runtime_error("a mistake of the program"); });
  bool at_once = false;
  for (int i = 0; i < 20 && !at_once; ++i) {  // a stall of the machine may spoil one
    loop->post([] {});
    loop->timers().set(timer, loop->now());
    EXPECT_THROW((void)loop->run_once(kLook), std::runtime_error);
    const auto begin = Clock::now();
    EXPECT_EQ(loop->run_once(20ms), 1u);
    at_once = Clock::now() - begin < 20ms;
  }
  EXPECT_TRUE(at_once) << "it waits though there is something to do";
}

TEST(EventLoop, a_wake_ends_its_next_wait) {
  const auto loop = make_loop();
  loop->wake();
  EXPECT_EQ(loop->run_once(std::chrono::minutes(1)), 0u);
}

}  // namespace
