#include "epoll/poll.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <csignal>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "epoll/slab.hpp"
#include "epoll/timer.hpp"
#include "syscall/call.hpp"
#include "tcp_pair.hpp"

namespace {

using epoll::Event;
using epoll::Interest;
using epoll::Token;
using epoll::Trigger;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using tcp_pair::read;
using tcp_pair::write;

using Clock = std::chrono::steady_clock;

constexpr Token kToken{7, 3};

// What is ready now, at most `room` of it.
std::vector<Event> look(epoll::Poll& poll, std::size_t room = 16) {
  epoll::Events events(room);
  poll.wait(events, nanoseconds(0)).value();
  std::vector<Event> found;
  for (const Event event : events) found.push_back(event);
  return found;
}
bool is_silent(epoll::Poll& poll) {
  return look(poll).empty();
}
// The only event, which has to be there.
Event only(epoll::Poll& poll) {
  const auto events = look(poll);
  EXPECT_EQ(events.size(), 1u);
  return events.empty() ? Event({}, 0) : events[0];
}

class Poll : public testing::Test {
 protected:
  sys::Result<> watch(Interest interest, Trigger trigger) {
    return poll_.add(pair_.server.fd(), kToken, interest, trigger);
  }
  sys::Result<> watch_again(Interest interest, Trigger trigger) {
    return poll_.modify(pair_.server.fd(), kToken, interest, trigger);
  }
  epoll::Poll poll_ = epoll::Poll::create().value();
  tcp_pair::Pair pair_ = tcp_pair::local();
};

// Adding, modifying, removing.

TEST_F(Poll, adding_twice_is_eexist) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  EXPECT_EQ(sys::error_of(watch(Interest::read(), Trigger::level)), std::errc::file_exists);
}

TEST_F(Poll, modifying_or_removing_what_is_not_watched_is_enoent) {
  EXPECT_EQ(sys::error_of(watch_again(Interest::read(), Trigger::level)),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(sys::error_of(poll_.remove(pair_.server.fd())), std::errc::no_such_file_or_directory);
}

TEST_F(Poll, a_regular_file_cannot_be_watched) {
  const epoll::UniqueFd file(sys::call<::open>("/proc/self/exe", O_RDONLY | O_CLOEXEC).value());
  EXPECT_EQ(sys::error_of(poll_.add(file.get(), kToken, Interest::read(), Trigger::level)),
            std::errc::operation_not_permitted);
}

TEST_F(Poll, an_event_brings_its_token) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_EQ(only(poll_).token(), kToken);
  const Token other{0xffffffff, 0xfffffffe};
  ASSERT_TRUE(poll_.modify(pair_.server.fd(), other, Interest::read(), Trigger::level));
  EXPECT_EQ(only(poll_).token(), other);
}

TEST_F(Poll, removed_is_silent_and_can_be_added_again) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  ASSERT_TRUE(poll_.remove(pair_.server.fd()));
  EXPECT_TRUE(is_silent(poll_));
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  EXPECT_FALSE(is_silent(poll_));
}

// Interest.

TEST_F(Poll, interest_in_reading_reports_data_and_not_room) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  EXPECT_TRUE(is_silent(poll_)) << "it is writable, but was not asked for";
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_EQ(only(poll_).bits(), static_cast<std::uint32_t>(EPOLLIN));
}

TEST_F(Poll, interest_in_writing_reports_room_and_not_data) {
  ASSERT_TRUE(write(pair_.client, "x"));
  ASSERT_TRUE(watch(Interest::write(), Trigger::level));
  EXPECT_EQ(only(poll_).bits(), static_cast<std::uint32_t>(EPOLLOUT));
  tcp_pair::fill(pair_.server);
  EXPECT_TRUE(is_silent(poll_)) << "there is no room";
  tcp_pair::read_all(pair_.client);
  EXPECT_TRUE(only(poll_).is_writable());
}

TEST_F(Poll, interest_in_both_is_reported_in_one_event) {
  ASSERT_TRUE(watch(Interest::both(), Trigger::level));
  EXPECT_EQ(only(poll_).bits(), static_cast<std::uint32_t>(EPOLLOUT));
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_EQ(only(poll_).bits(), static_cast<std::uint32_t>(EPOLLIN | EPOLLOUT));
}

TEST_F(Poll, interest_in_nothing_still_reports_hang_up) {
  ASSERT_TRUE(watch(Interest::none(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_TRUE(is_silent(poll_));
  pair_.client.close();
  EXPECT_TRUE(only(poll_).is_hangup());
}

// Level, edge and one-shot.

TEST_F(Poll, level_reports_as_long_as_it_is_true) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  EXPECT_TRUE(is_silent(poll_));
  ASSERT_TRUE(write(pair_.client, "xy"));
  EXPECT_TRUE(only(poll_).is_readable());
  EXPECT_TRUE(only(poll_).is_readable());
  std::array<std::byte, 1> one{};
  ASSERT_EQ(pair_.server.read(one), 1u);
  EXPECT_TRUE(only(poll_).is_readable()) << "half of it is still there";
  ASSERT_EQ(pair_.server.read(one), 1u);
  EXPECT_TRUE(is_silent(poll_));
}

TEST_F(Poll, edge_reports_once_what_has_arrived) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::edge));
  EXPECT_TRUE(is_silent(poll_));
  ASSERT_TRUE(write(pair_.client, "xy"));
  EXPECT_TRUE(only(poll_).is_readable());
  EXPECT_TRUE(is_silent(poll_)) << "told once, though all of it is still there";
  std::array<std::byte, 1> one{};
  ASSERT_EQ(pair_.server.read(one), 1u);
  EXPECT_TRUE(is_silent(poll_)) << "a reader that stops here waits for ever";
  ASSERT_TRUE(write(pair_.client, "z"));
  EXPECT_TRUE(only(poll_).is_readable()) << "more has arrived";
  EXPECT_EQ(read(pair_.server), "yz");
}

TEST_F(Poll, edge_reports_room_again_after_there_was_none) {
  ASSERT_TRUE(watch(Interest::write(), Trigger::edge));
  EXPECT_TRUE(only(poll_).is_writable());
  EXPECT_TRUE(is_silent(poll_));
  tcp_pair::fill(pair_.server);
  EXPECT_TRUE(is_silent(poll_));
  tcp_pair::read_all(pair_.client);
  EXPECT_TRUE(only(poll_).is_writable());
  EXPECT_TRUE(is_silent(poll_));
}

TEST_F(Poll, edge_reports_what_is_already_ready_when_it_is_added) {
  ASSERT_TRUE(write(pair_.client, "x"));
  ASSERT_TRUE(watch(Interest::read(), Trigger::edge));
  EXPECT_TRUE(only(poll_).is_readable());
}

TEST_F(Poll, modify_reports_anew_what_is_ready_under_edge_too) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::edge));
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_TRUE(only(poll_).is_readable());
  EXPECT_TRUE(is_silent(poll_));
  ASSERT_TRUE(watch_again(Interest::read(), Trigger::edge));
  EXPECT_TRUE(only(poll_).is_readable());
  EXPECT_TRUE(is_silent(poll_));
}

TEST_F(Poll, oneshot_reports_once_and_sleeps_until_it_is_modified) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::oneshot));
  EXPECT_TRUE(is_silent(poll_));
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_TRUE(only(poll_).is_readable());
  ASSERT_TRUE(write(pair_.client, "y"));
  EXPECT_TRUE(is_silent(poll_)) << "asleep, whatever arrives";
  ASSERT_TRUE(watch_again(Interest::read(), Trigger::oneshot));
  EXPECT_TRUE(only(poll_).is_readable());
  EXPECT_TRUE(is_silent(poll_));
}

TEST_F(Poll, oneshot_sleeps_through_hang_up) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::oneshot));
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_TRUE(only(poll_).is_readable());
  pair_.client.close();
  EXPECT_TRUE(is_silent(poll_));
  ASSERT_TRUE(watch_again(Interest::read(), Trigger::oneshot));
  EXPECT_TRUE(only(poll_).is_hangup());
}

TEST_F(Poll, modify_changes_the_trigger) {
  ASSERT_TRUE(write(pair_.client, "x"));
  ASSERT_TRUE(watch(Interest::read(), Trigger::edge));
  EXPECT_TRUE(only(poll_).is_readable());
  ASSERT_TRUE(watch_again(Interest::read(), Trigger::level));
  EXPECT_TRUE(only(poll_).is_readable());
  EXPECT_TRUE(only(poll_).is_readable());
}

// Ends.

TEST_F(Poll, a_half_close_is_reported_and_leaves_the_other_direction_open) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  ASSERT_TRUE(pair_.client.shutdown(epoll::Shutdown::write));
  const Event event = only(poll_);
  EXPECT_TRUE(event.is_read_closed());
  EXPECT_TRUE(event.is_readable());
  EXPECT_FALSE(event.is_hangup());
  EXPECT_EQ(read(pair_.server), "");
  ASSERT_TRUE(write(pair_.server, "answer"));
  EXPECT_EQ(read(pair_.client), "answer");
}

TEST_F(Poll, hang_up_is_reported_while_data_is_still_to_be_read) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::edge));
  ASSERT_TRUE(write(pair_.client, "last words"));
  pair_.client.close();
  const Event event = only(poll_);
  EXPECT_TRUE(event.is_hangup());
  EXPECT_TRUE(event.is_read_closed());
  ASSERT_TRUE(event.is_readable()) << "a close here loses what was sent";
  EXPECT_EQ(read(pair_.server), "last words");
  EXPECT_EQ(read(pair_.server), "");
}

TEST_F(Poll, an_urgent_byte_is_reported_and_a_read_stops_short_of_it) {
  auto [client, server] = tcp_pair::connected();
  ASSERT_TRUE(poll_.add(server.fd(), kToken, Interest::urgent(), Trigger::level));
  ASSERT_TRUE(write(client, "before"));
  EXPECT_TRUE(is_silent(poll_));
  ASSERT_EQ(::send(client.fd(), "!", 1, MSG_OOB), 1);
  ASSERT_TRUE(write(client, "behind"));
  epoll::Events events;
  ASSERT_TRUE(poll_.wait(events, std::nullopt));
  EXPECT_TRUE(events[0].is_urgent());
  EXPECT_EQ(read(server), "before");
  EXPECT_EQ(read(server), "behind");
}

TEST_F(Poll, a_broken_connection_is_reported_with_its_error) {
  auto [client, server] = tcp_pair::connected();
  ASSERT_TRUE(poll_.add(server.fd(), kToken, Interest::none(), Trigger::level));
  EXPECT_TRUE(is_silent(poll_));
  tcp_pair::reset(client);
  epoll::Events events;
  ASSERT_TRUE(poll_.wait(events, std::nullopt));
  EXPECT_TRUE(events[0].is_error());
  EXPECT_TRUE(events[0].is_hangup());
  EXPECT_EQ(sys::error_of(server.take_error()), std::errc::connection_reset);
}

// Descriptors that come and go.

TEST_F(Poll, closing_the_last_descriptor_ends_the_registration) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  pair_.server.close();
  EXPECT_TRUE(is_silent(poll_));
}

TEST_F(Poll, a_duplicate_keeps_the_registration_alive) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  epoll::UniqueFd duplicate(sys::call<::fcntl>(pair_.server.fd(), F_DUPFD_CLOEXEC, 0).value());
  const int closed = pair_.server.fd();
  pair_.server.close();
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_EQ(only(poll_).token(), kToken) << "the file is open, so it is watched";
  EXPECT_EQ(sys::error_of(poll_.remove(closed)), std::errc::bad_file_descriptor)
      << "and cannot be removed";
  duplicate.reset();
  EXPECT_TRUE(is_silent(poll_));
}

TEST_F(Poll, a_duplicate_can_be_watched_beside_the_original) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  const epoll::UniqueFd duplicate(
      sys::call<::fcntl>(pair_.server.fd(), F_DUPFD_CLOEXEC, 0).value());
  ASSERT_TRUE(poll_.add(duplicate.get(), Token{8, 1}, Interest::read(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  EXPECT_EQ(look(poll_).size(), 2u);
}

// Two clients are ready in the same batch. While the first is served the second one is closed, and a
// new client gets its number: the second event of the batch is about a client that is gone.
TEST_F(Poll, a_stale_event_for_a_reused_descriptor_is_refused_by_its_token) {
  epoll::Slab<tcp_pair::Pair> clients;
  for (int i = 0; i < 2; ++i) {
    const Token token = clients.emplace(tcp_pair::local());
    ASSERT_TRUE(
        poll_.add(clients.find(token)->server.fd(), token, Interest::read(), Trigger::level));
    ASSERT_TRUE(write(clients.find(token)->client, "x"));
  }
  const auto batch = look(poll_);
  ASSERT_EQ(batch.size(), 2u);

  const Token leaving = batch[1].token();
  ASSERT_NE(clients.find(leaving), nullptr);
  const int number = clients.find(leaving)->server.fd();
  clients.remove(leaving);
  const Token arriving = clients.emplace(tcp_pair::local());
  tcp_pair::Pair& fresh = *clients.find(arriving);
  ASSERT_TRUE(fresh.server.fd() == number || fresh.client.fd() == number) << "number not reused";
  ASSERT_EQ(arriving.index, leaving.index) << "slot not reused";

  EXPECT_NE(clients.find(batch[0].token()), nullptr);
  EXPECT_EQ(clients.find(batch[1].token()), nullptr);
  ASSERT_TRUE(poll_.add(fresh.server.fd(), arriving, Interest::read(), Trigger::level));
  ASSERT_TRUE(write(fresh.client, "y"));
  std::set<Token> ready;
  for (const Event event : look(poll_)) ready.insert(event.token());
  EXPECT_THAT(ready, testing::UnorderedElementsAre(batch[0].token(), arriving));
}

TEST_F(Poll, what_does_not_fit_into_one_batch_comes_with_the_next_ones) {
  std::vector<tcp_pair::Pair> pairs;
  for (std::uint32_t i = 0; i < 10; ++i) {
    pairs.push_back(tcp_pair::local());
    ASSERT_TRUE(poll_.add(pairs.back().server.fd(), Token{i, 1}, Interest::read(), Trigger::level));
    ASSERT_TRUE(write(pairs.back().client, "x"));
  }
  std::set<std::uint32_t> told;
  for (int turn = 0; turn < 5; ++turn) {
    const auto batch = look(poll_, 2);
    EXPECT_EQ(batch.size(), 2u);
    for (const Event event : batch) told.insert(event.token().index);
  }
  EXPECT_EQ(told.size(), 10u) << "one was told twice before all were told";
}

TEST_F(Poll, is_closed_by_its_owner_and_in_a_child) {
  const sys::DescriptorWatch watch;
  {
    epoll::Poll poll = epoll::Poll::create().value();
    EXPECT_TRUE(event_source::closes_on_exec(poll.fd()));
    const epoll::Poll moved = std::move(poll);
    EXPECT_EQ(watch.change(), 1);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST_F(Poll, every_call_that_fails_is_reported) {
  const std::size_t calls = event_source::sweep_faults([&]() -> sys::Result<> {
    auto poll = epoll::Poll::create();
    if (!poll) return sys::failure(poll.error());
    const int fd = pair_.server.fd();
    if (auto added = poll->add(fd, kToken, Interest::read(), Trigger::level); !added) return added;
    if (auto changed = poll->modify(fd, kToken, Interest::both(), Trigger::edge); !changed)
      return changed;
    epoll::Events events;
    if (auto waited = poll->wait(events, std::nullopt); !waited) return waited;
    return poll->remove(fd);
  });
  EXPECT_EQ(calls, 5u);
}

// Time.

TEST_F(Poll, a_timeout_is_never_early) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  epoll::Events events;
  for (const int microseconds : {1, 300, 1000, 1500, 2999, 10'001}) {
    const std::chrono::microseconds timeout(microseconds);
    const auto begin = Clock::now();
    ASSERT_TRUE(poll_.wait(events, timeout));
    EXPECT_GE(Clock::now() - begin, timeout);
    EXPECT_TRUE(events.empty());
  }
}

// SIGCONT interrupts the wait of a process that was stopped; the wait is then repeated (signal(7)).
std::size_t uninterrupted(const sys::CallCounter& calls) {
  return calls.total() - calls.failed_of("epoll_wait");
}

TEST_F(Poll, a_fraction_of_a_millisecond_is_waited_for_in_one_call) {
  epoll::Events events;
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(poll_.wait(events, std::chrono::microseconds(300)));
  EXPECT_EQ(uninterrupted(calls), 20u) << "rounded down, it is a busy loop: " << calls.summary();
}

TEST_F(Poll, more_milliseconds_than_an_int_holds_are_waited_for_in_one_call) {
  auto timer = epoll::Timer::create().value();
  ASSERT_TRUE(poll_.add(timer.fd(), kToken, Interest::read(), Trigger::level));
  ASSERT_TRUE(timer.set_after(milliseconds(10)));
  epoll::Events events;
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  ASSERT_TRUE(poll_.wait(events, milliseconds(std::int64_t{1} << 32)));
  EXPECT_EQ(events.size(), 1u) << "it ended before its time";
  EXPECT_EQ(uninterrupted(calls), 1u) << calls.summary();
}

TEST_F(Poll, a_timeout_of_zero_does_not_wait) {
  epoll::Events events;
  ASSERT_TRUE(poll_.wait(events, nanoseconds(0)));
  EXPECT_TRUE(events.empty());
  ASSERT_TRUE(poll_.wait(events, milliseconds(-5)));
  EXPECT_TRUE(events.empty());
}

TEST_F(Poll, an_event_ends_the_longest_wait_and_a_wait_without_limit) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  epoll::Events events;
  for (const std::optional<nanoseconds> timeout :
       {std::optional(nanoseconds::max()), std::optional<nanoseconds>()}) {
    ASSERT_TRUE(poll_.wait(events, timeout));
    EXPECT_EQ(events.size(), 1u);
  }
}

TEST_F(Poll, a_wait_forgets_the_events_of_the_last_one) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::edge));
  epoll::Events events;
  const auto fill_events = [&] {
    ASSERT_TRUE(write(pair_.client, "x"));
    ASSERT_TRUE(poll_.wait(events, nanoseconds(0)));
    ASSERT_EQ(events.size(), 1u);
  };
  fill_events();
  ASSERT_TRUE(poll_.wait(events, nanoseconds(0)));
  EXPECT_TRUE(events.empty());
  fill_events();
  sys::FailNth interrupted(1, EINTR);
  sys::FailNth broken(1, EBADF);
  {
    sys::ScopedObserver watching(interrupted);
    ASSERT_TRUE(poll_.wait(events, nanoseconds(0)));
  }
  EXPECT_TRUE(events.empty());
  fill_events();
  {
    sys::ScopedObserver watching(broken);
    ASSERT_FALSE(poll_.wait(events, nanoseconds(0)));
  }
  EXPECT_TRUE(events.empty());
}

// Signals.

// Interrupts the first wait at a point in time, as a signal does.
class InterruptAt : public sys::Observer {
 public:
  explicit InterruptAt(Clock::time_point time) : time_(time) {}
  int before(std::string_view name) noexcept override {
    if (name != "epoll_wait" || std::exchange(done_, true)) return 0;
    while (Clock::now() < time_) {
    }
    return EINTR;
  }
  void after(std::string_view, int) noexcept override {}

 private:
  Clock::time_point time_;
  bool done_ = false;
};

TEST_F(Poll, a_wait_continues_after_a_signal_with_the_time_that_is_left) {
  epoll::Events events;
  bool in_time = false;
  for (int i = 0; i < 100 && !in_time; ++i) {  // a stall of the machine may spoil one
    const auto begin = Clock::now();
    InterruptAt halfway(begin + milliseconds(5));
    sys::ScopedObserver watching(halfway);
    ASSERT_TRUE(poll_.wait(events, milliseconds(10)));
    const auto took = Clock::now() - begin;
    EXPECT_GE(took, milliseconds(10));
    in_time = took < milliseconds(15);
  }
  EXPECT_TRUE(in_time) << "it began anew after the signal";
}

TEST_F(Poll, sa_restart_does_not_keep_a_signal_from_interrupting_a_wait) {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(::sigaction(SIGALRM, &action, nullptr), 0);
  const itimerval each_millisecond{{0, 1000}, {0, 1000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &each_millisecond, nullptr), 0);
  epoll::Events events;
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  // One wait alone may be spent in a stall of the machine, in which no signal comes.
  while (calls.failed_of("epoll_wait") == 0) ASSERT_TRUE(poll_.wait(events, milliseconds(30)));
  const itimerval never{};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &never, nullptr), 0);
}

TEST_F(Poll, a_wait_without_limit_continues_after_a_signal) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  sys::FailNth interrupted(1, EINTR, "epoll_wait");
  sys::ScopedObserver watching(interrupted);
  epoll::Events events;
  ASSERT_TRUE(poll_.wait(events, std::nullopt));
  EXPECT_EQ(events.size(), 1u);
  EXPECT_EQ(interrupted.seen(), 2u);
}

TEST_F(Poll, a_signal_after_the_timeout_still_leads_to_a_last_look) {
  ASSERT_TRUE(watch(Interest::read(), Trigger::level));
  ASSERT_TRUE(write(pair_.client, "x"));
  sys::FailNth interrupted(1, EINTR, "epoll_wait");
  sys::ScopedObserver watching(interrupted);
  epoll::Events events;
  ASSERT_TRUE(poll_.wait(events, nanoseconds(0)));
  EXPECT_EQ(events.size(), 1u);
}

}  // namespace
