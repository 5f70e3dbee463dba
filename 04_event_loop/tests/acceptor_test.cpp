#include "event_loop/acceptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "../../01_syscall_macro/tests/fail_while.hpp"
#include "client.hpp"
#include "descriptor_limit.hpp"
#include "idle.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using event_loop::Acceptor;
using event_loop::Clock;
using event_loop::EventLoop;
using event_loop::testing::Client;
using event_loop::testing::DescriptorLimit;
using event_loop::testing::sleeps_in_one_wait;
using sys::testing::FailWhile;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Accepted = epoll::TcpListener::Accepted;

// An acceptor that keeps its clients, on a loop of its own.
class AcceptorTest : public ::testing::Test {
 protected:
  AcceptorTest() {
    make_acceptor([this](Accepted client) {
      accepted_.push_back(std::move(client));
      if (then_) then_();
    });
  }

  void make_acceptor(Acceptor::OnClient on_client) {
    acceptor_ =
        Acceptor::create(
            *loop_, epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value(),
            std::move(on_client), [this](std::error_code error) { troubles_.push_back(error); })
            .value();
    address_ = acceptor_->local_address().value();
  }

  void connect(int how_many) {
    for (int i = 0; i < how_many; ++i) clients_.emplace_back(address_);
  }

  // Turns until `condition`, and never for ever.
  [[nodiscard]] bool until(const std::function<bool()>& condition) {
    const auto give_up = Clock::now() + 20s;
    while (!condition()) {
      if (Clock::now() > give_up) return false;
      for (Client& client : clients_) client.pump();
      EXPECT_TRUE(loop_->run_once(1ms));
    }
    return true;
  }
  // So many turns, without an expectation in between.
  void turn(int times) {
    for (int i = 0; i < times; ++i) (void)loop_->run_once(1ms);
  }
  // The loop has nothing to do, and sleeps.
  void expect_idle() { EXPECT_TRUE(sleeps_in_one_wait(*loop_, 30ms)); }
  // When a silence that has begun will end; without a timer, never.
  [[nodiscard]] Clock::time_point end_of_silence() const {
    return loop_->timers().next().value_or(Clock::time_point::max());
  }
  // In the next turn the listener is readable, and is not looked at, unless the silence is over.
  // `calls`: how often accept4 was called.
  void expect_silence(Clock::time_point end, const std::function<std::size_t()>& calls) {
    const std::size_t before = calls();
    const auto events = loop_->run_once(1ms);
    EXPECT_TRUE((events == 0u && calls() == before) || Clock::now() >= end);
  }
  [[nodiscard]] int ended() {
    int count = 0;
    for (Client& client : clients_) {
      client.pump();
      if (client.ended()) ++count;
    }
    return count;
  }

  std::unique_ptr<EventLoop> loop_ = EventLoop::create().value();
  std::vector<Accepted> accepted_;
  std::vector<std::error_code> troubles_;
  std::function<void()> then_;  // called after each client
  std::unique_ptr<Acceptor> acceptor_;
  epoll::SocketAddress address_;
  std::list<Client> clients_;
};

TEST_F(AcceptorTest, takes_all_that_wait_in_one_turn_and_knows_their_addresses) {
  connect(3);
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  ASSERT_TRUE(loop_->run_once(1s));
  ASSERT_EQ(accepted_.size(), 3u);
  EXPECT_EQ(calls.of("accept4"), 4u) << "three clients, and an empty queue";
  for (const Accepted& client : accepted_)
    EXPECT_EQ(client.stream.peer_address().value(), client.peer);
  expect_idle();
}

TEST_F(AcceptorTest, asks_for_no_more_while_clients_come_one_by_one) {
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  for (int i = 0; i < 45; ++i) {
    connect(1);
    ASSERT_TRUE(loop_->run_once(1s));
  }
  EXPECT_EQ(accepted_.size(), 45u);
  EXPECT_EQ(calls.failed_of("accept4"), 7u) << "after the 1st, 4th, 9th, 18th client, and so on";
}

TEST_F(AcceptorTest, a_crowd_that_follows_single_clients_waits_for_eight_turns_at_most) {
  for (int i = 0; i < 20; ++i) {
    connect(1);
    ASSERT_TRUE(loop_->run_once(1s));
  }
  connect(40);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(loop_->run_once(1s));
  EXPECT_EQ(accepted_.size(), 60u);
}

TEST_F(AcceptorTest, takes_no_more_than_64_in_one_turn) {
  connect(100);
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  ASSERT_TRUE(loop_->run_once(1s));
  EXPECT_EQ(accepted_.size(), 64u);
  EXPECT_EQ(calls.of("accept4"), 64u);
  ASSERT_TRUE(loop_->run_once(1s));
  EXPECT_EQ(accepted_.size(), 100u);
}

TEST_F(AcceptorTest, a_client_that_left_before_its_turn_does_not_hold_the_others_up) {
  connect(3);
  for (const int error : {ECONNABORTED, EPROTO, EPERM, EHOSTUNREACH}) {
    accepted_.clear();
    connect(2);
    sys::FailNth failing(1, error, "accept4");
    sys::ScopedObserver watching(failing);
    ASSERT_TRUE(loop_->run_once(1s));
    EXPECT_EQ(accepted_.size(), error == ECONNABORTED ? 5u : 2u);
    EXPECT_TRUE(failing.has_failed());
  }
  EXPECT_TRUE(troubles_.empty()) << "a client that leaves is no trouble of ours";
}

TEST_F(AcceptorTest, a_client_that_breaks_off_in_the_queue_is_no_error) {
  connect(3);
  clients_.front().reset();
  ASSERT_TRUE(loop_->run_once(1s));
  EXPECT_GE(accepted_.size(), 2u);
  EXPECT_TRUE(troubles_.empty());
  expect_idle();
}

TEST_F(AcceptorTest, an_interruption_is_no_error) {
  connect(1);
  sys::FailNth failing(1, EINTR, "accept4");
  sys::ScopedObserver watching(failing);
  ASSERT_TRUE(loop_->run_once(1s));
  EXPECT_EQ(accepted_.size(), 1u);
}

TEST_F(AcceptorTest, a_pause_leaves_clients_in_the_queue_and_causes_no_wake_up) {
  acceptor_->pause();
  EXPECT_TRUE(acceptor_->is_paused());
  connect(2);
  expect_idle();
  EXPECT_TRUE(accepted_.empty());
  acceptor_->resume();
  EXPECT_FALSE(acceptor_->is_paused());
  ASSERT_TRUE(until([&] { return accepted_.size() == 2; }));
}

TEST_F(AcceptorTest, a_pause_from_inside_holds_from_the_next_client_on) {
  then_ = [&] { acceptor_->pause(); };
  connect(3);
  for (std::size_t round = 1; round <= 3; ++round) {
    ASSERT_TRUE(loop_->run_once(1s));
    EXPECT_EQ(accepted_.size(), round);
    expect_idle();
    acceptor_->resume();
  }
}

TEST_F(AcceptorTest, may_be_destroyed_by_its_own_callback) {
  then_ = [&] { acceptor_.reset(); };
  connect(3);
  ASSERT_TRUE(loop_->run_once(1s));
  EXPECT_EQ(accepted_.size(), 1u);
  EXPECT_EQ(loop_->sources(), 0u);
  expect_idle();
  EXPECT_EQ(ended(), 2) << "clients that waited in the queue are told";
}

TEST_F(AcceptorTest, a_callback_that_throws_does_no_harm) {
  then_ = [&] { throw std::runtime_error("a mistake of the program"); };
  connect(2);
  EXPECT_THROW((void)loop_->run_once(1s), std::runtime_error);
  then_ = nullptr;
  ASSERT_TRUE(until([&] { return accepted_.size() == 2; }));
  acceptor_.reset();
}

// --- no descriptor left

TEST_F(AcceptorTest, clients_without_a_descriptor_are_turned_away_without_spinning) {
  connect(12);
  Client late;
  DescriptorLimit limit(5);
  sys::ScopedObserver scarce(limit);
  turn(10);
  EXPECT_EQ(accepted_.size(), 5u);
  EXPECT_EQ(acceptor_->turned_away(), 7u);
  EXPECT_EQ(ended(), 7) << "those are told at once";
  EXPECT_EQ(troubles_.size(), 7u) << "one line in the log for each, not for each turn";
  EXPECT_EQ(troubles_.front(), std::errc::too_many_files_open);
  // 5 that went well, then two for each client that is turned away, and two to see that all are in.
  EXPECT_EQ(limit.of("accept4"), 5u + 2 * 7 + 2);
  EXPECT_EQ(limit.failed_of("accept4"), 7u + 2);
  expect_idle();

  accepted_.pop_back();
  late.connect(address_);
  turn(2);
  EXPECT_EQ(accepted_.size(), 5u) << "a descriptor was free again";
  EXPECT_EQ(acceptor_->turned_away(), 7u);
}

TEST_F(AcceptorTest, without_a_reserve_it_looks_again_from_time_to_time) {
  {
    FailWhile nothing_opens("open", EMFILE);
    sys::ScopedObserver watching(nothing_opens);
    make_acceptor([this](Accepted client) { accepted_.push_back(std::move(client)); });
  }
  connect(3);
  DescriptorLimit limit(2);
  sys::ScopedObserver scarce(limit);
  const auto begin = Clock::now();
  ASSERT_TRUE(until([&] { return !troubles_.empty(); }));
  expect_silence(end_of_silence(), [&] { return limit.of("accept4"); });
  EXPECT_EQ(accepted_.size(), 2u);
  EXPECT_LE(limit.of("accept4"), 4u);
  EXPECT_EQ(troubles_.size(), 1u);
  EXPECT_EQ(ended(), 0) << "no client could be turned away";
  accepted_.pop_back();
  EXPECT_TRUE(until([&] { return accepted_.size() == 2; })) << "the third one was forgotten";
  EXPECT_GE(Clock::now() - begin, 100ms);
}

TEST_F(AcceptorTest, turns_a_client_away_when_the_whole_system_has_no_descriptor) {
  connect(2);
  sys::FailNth full(1, ENFILE, "accept4");
  sys::ScopedObserver watching(full);
  turn(2);
  EXPECT_EQ(acceptor_->turned_away(), 1u);
  EXPECT_EQ(accepted_.size(), 1u);
}

// Descriptors that refer to /dev/null, and are not passed on to children.
int reserves_that_close_on_exec() {
  int count = 0;
  for (int fd = 3; fd < 100; ++fd) {
    std::array<char, 64> target{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), target.data(), target.size() - 1) < 0) continue;
    if (std::string_view(target.data()) == "/dev/null" && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0)
      ++count;
  }
  return count;
}
TEST_F(AcceptorTest, no_child_inherits_the_reserve) {
  const int with_one = reserves_that_close_on_exec();
  acceptor_.reset();
  EXPECT_EQ(reserves_that_close_on_exec(), with_one - 1);
}

TEST_F(AcceptorTest, what_waits_in_the_queue_can_be_taken_at_once) {
  connect(100);
  {
    sys::FailNth left(1, EPROTO, "accept4");  // one that has left keeps no other out
    sys::ScopedObserver watching(left);
    acceptor_->accept_queued();
  }
  EXPECT_EQ(accepted_.size(), 100u);
  connect(3);
  then_ = [this] { acceptor_->pause(); };
  acceptor_->accept_queued();
  EXPECT_EQ(accepted_.size(), 101u);
  acceptor_->resume();
  then_ = [this] { acceptor_.reset(); };
  acceptor_->accept_queued();
  EXPECT_EQ(accepted_.size(), 102u);
}

TEST_F(AcceptorTest, a_reserve_that_was_lost_is_taken_again) {
  {
    FailWhile nothing_opens("open", EMFILE);
    sys::ScopedObserver watching(nothing_opens);
    make_acceptor([this](Accepted client) { accepted_.push_back(std::move(client)); });
  }
  connect(1);
  ASSERT_TRUE(until([&] { return accepted_.size() == 1; }));
  connect(2);
  DescriptorLimit limit(0);
  sys::ScopedObserver scarce(limit);
  turn(2);
  EXPECT_EQ(acceptor_->turned_away(), 2u);
}

TEST_F(AcceptorTest, a_lack_of_memory_silences_it_for_a_while) {
  for (const int error : {ENOBUFS, ENOMEM}) {
    accepted_.clear();
    troubles_.clear();
    connect(2);
    const auto begin = Clock::now();
    FailWhile failing("accept4", error);
    {
      sys::ScopedObserver watching(failing);
      ASSERT_TRUE(loop_->run_once(1s));
      EXPECT_EQ(failing.calls(), 1u);
      expect_silence(end_of_silence(), [&] { return failing.calls(); });
      ASSERT_TRUE(until([&] { return failing.calls() == 2; }));
      EXPECT_GE(Clock::now() - begin, 100ms);
    }
    EXPECT_EQ(troubles_.size(), 2u);
    EXPECT_EQ(troubles_.front(), sys::error_code(error));
    ASSERT_TRUE(until([&] { return accepted_.size() == 2; }));
  }
}

TEST_F(AcceptorTest, a_pause_holds_through_the_end_of_a_silence) {
  connect(1);
  FailWhile failing("accept4", ENOBUFS);
  {
    sys::ScopedObserver watching(failing);
    ASSERT_TRUE(loop_->run_once(1s));
  }
  acceptor_->pause();
  const auto end = end_of_silence();
  ASSERT_TRUE(until([&] { return loop_->now() >= end; }));
  expect_idle();
  EXPECT_TRUE(accepted_.empty());
  acceptor_->resume();
  ASSERT_TRUE(until([&] { return accepted_.size() == 1; }));
}

TEST_F(AcceptorTest, a_resume_does_not_end_a_silence) {
  connect(1);
  FailWhile failing("accept4", ENOBUFS);
  {
    sys::ScopedObserver watching(failing);
    ASSERT_TRUE(loop_->run_once(1s));
    const auto end = end_of_silence();
    acceptor_->pause();
    acceptor_->resume();
    EXPECT_EQ(failing.calls(), 1u);
    expect_silence(end, [&] { return failing.calls(); });
  }
  ASSERT_TRUE(until([&] { return accepted_.size() == 1; }));
}

// --- making and unmaking it

TEST_F(AcceptorTest, holds_a_listener_and_a_reserve_and_leaves_nothing_behind) {
  acceptor_.reset();
  const sys::DescriptorWatch descriptors;
  make_acceptor([](Accepted) {});
  EXPECT_EQ(descriptors.change(), 2);
  acceptor_.reset();
  EXPECT_EQ(descriptors.change(), 0);
  EXPECT_EQ(loop_->sources(), 0u);
}

TEST_F(AcceptorTest, a_create_that_fails_leaves_nothing_behind) {
  const auto sources = loop_->sources();
  const sys::DescriptorWatch descriptors;
  sys::FailNth failing(1, ENOSPC, "epoll_ctl");
  sys::ScopedObserver watching(failing);
  auto acceptor = Acceptor::create(
      *loop_, epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value(), [](Accepted) {},
      [](std::error_code) {});
  ASSERT_FALSE(acceptor);
  EXPECT_EQ(acceptor.error(), std::errc::no_space_on_device);
  EXPECT_EQ(descriptors.change(), 0);
  EXPECT_EQ(loop_->sources(), sources);
}

}  // namespace
