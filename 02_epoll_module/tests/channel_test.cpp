#include "epoll/channel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "event_source.hpp"

namespace {

using epoll::Channel;
using epoll::Interest;
using epoll::Sender;
using epoll::Trigger;
using event_source::Watched;

TEST(Channel, messages_come_out_in_the_order_in_which_they_went_in) {
  auto channel = Channel<std::string>::create(3).value();
  for (const auto* text : {"one", "two", "three"}) ASSERT_TRUE(channel.sender.send(text));
  for (const auto* text : {"one", "two", "three"})
    EXPECT_EQ(channel.receiver.receive().value(), text);
  EXPECT_TRUE(sys::would_block(channel.receiver.receive().error()));
}

TEST(Channel, it_is_readable_while_there_is_a_message_and_not_otherwise) {
  auto channel = Channel<int>::create(4).value();
  Watched watched(channel.receiver.fd());
  EXPECT_FALSE(watched.is_ready());
  EXPECT_TRUE(sys::would_block(channel.receiver.receive().error()));
  EXPECT_FALSE(watched.is_ready());

  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(channel.sender.send(1));
    ASSERT_TRUE(channel.sender.send(2));
    EXPECT_TRUE(watched.is_ready());
    EXPECT_TRUE(watched.is_ready());
    EXPECT_EQ(channel.receiver.receive().value(), 1);
    EXPECT_TRUE(watched.is_ready());
    EXPECT_EQ(channel.receiver.receive().value(), 2);
    EXPECT_FALSE(watched.is_ready());
  }
}

TEST(Channel, under_edge_trigger_a_message_after_the_drain_is_reported_anew) {
  auto channel = Channel<int>::create(4).value();
  Watched edge(channel.receiver.fd(), Interest::read(), Trigger::edge);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(channel.sender.send(1));
    EXPECT_TRUE(edge.is_ready());
    EXPECT_FALSE(edge.is_ready());
    EXPECT_TRUE(channel.receiver.receive().value());
    EXPECT_TRUE(sys::would_block(channel.receiver.receive().error()));
  }
}

TEST(Channel, a_full_one_refuses_and_leaves_the_message_with_its_sender) {
  auto channel = Channel<std::unique_ptr<int>>::create(1).value();
  ASSERT_TRUE(channel.sender.send(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(sys::would_block(channel.sender.send(std::move(second)).error()));
  ASSERT_NE(second, nullptr);

  EXPECT_EQ(**channel.receiver.receive().value(), 1);
  ASSERT_TRUE(channel.sender.send(std::move(second)));
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(**channel.receiver.receive().value(), 2);
}

TEST(Channel, a_capacity_of_zero_is_einval) {
  EXPECT_EQ(Channel<int>::create(0).error(), std::errc::invalid_argument);
}

TEST(Channel, the_end_comes_after_the_last_message_when_the_last_sender_is_gone) {
  auto channel = Channel<int>::create(4).value();
  Watched watched(channel.receiver.fd());
  {
    auto first = std::move(channel.sender);
    auto second = first;
    ASSERT_TRUE(second.send(7));
  }
  EXPECT_EQ(channel.receiver.receive().value(), 7);
  EXPECT_TRUE(watched.is_ready());
  EXPECT_EQ(channel.receiver.receive().value(), std::nullopt);
  EXPECT_EQ(channel.receiver.receive().value(), std::nullopt);
  EXPECT_TRUE(watched.is_ready());  // level: the end stays
}

TEST(Channel, the_end_of_an_empty_one_makes_it_readable) {
  auto channel = Channel<int>::create(4).value();
  Watched watched(channel.receiver.fd());
  auto copy = channel.sender;
  {
    auto gone = std::move(channel.sender);
  }
  EXPECT_FALSE(watched.is_ready());  // one is left
  {
    auto gone = std::move(copy);
  }
  EXPECT_TRUE(watched.is_ready());
  EXPECT_EQ(channel.receiver.receive().value(), std::nullopt);
}

TEST(Channel, a_sender_gets_an_error_when_the_receiver_is_gone) {
  auto channel = Channel<std::unique_ptr<int>>::create(1).value();
  ASSERT_TRUE(channel.sender.send(std::make_unique<int>(1)));
  {
    auto gone = std::move(channel.receiver);
  }
  auto message = std::make_unique<int>(2);
  EXPECT_EQ(channel.sender.send(std::move(message)).error(), std::errc::broken_pipe);
  EXPECT_NE(message, nullptr);
}

TEST(Channel, unread_messages_are_dropped_with_the_receiver) {
  // A message that holds a sender of the channel it lies in: the cycle must not keep both alive.
  struct Reply {
    std::shared_ptr<int> witness;
    std::optional<Sender<Reply>> sender;
  };
  const sys::DescriptorWatch watch;
  const auto witness = std::make_shared<int>(0);
  {
    auto channel = Channel<Reply>::create(1).value();
    ASSERT_TRUE(channel.sender.send(Reply{witness, channel.sender}));
    EXPECT_EQ(witness.use_count(), 2);
    {
      auto gone = std::move(channel.receiver);
    }
    EXPECT_EQ(witness.use_count(), 1);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(Channel, assignment_drops_what_was_there) {
  auto first = Channel<int>::create(1).value();
  auto second = Channel<int>::create(1).value();
  first.sender = second.sender;
  EXPECT_EQ(first.receiver.receive().value(), std::nullopt);
  ASSERT_TRUE(first.sender.send(5));
  EXPECT_EQ(second.receiver.receive().value(), 5);

  auto third = Channel<int>::create(1).value();
  second.receiver = std::move(third.receiver);
  EXPECT_EQ(first.sender.send(6).error(), std::errc::broken_pipe);
  ASSERT_TRUE(third.sender.send(7));
  EXPECT_EQ(second.receiver.receive().value(), 7);
}

TEST(Channel, a_burst_costs_one_write_and_one_read) {
  auto channel = Channel<int>::create(1000).value();
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  for (int round = 0; round < 3; ++round) {
    calls.reset();
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(channel.sender.send(i));
    EXPECT_EQ(calls.summary(), "write 1");
    calls.reset();
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(channel.receiver.receive().value(), i);
    EXPECT_TRUE(sys::would_block(channel.receiver.receive().error()));
    EXPECT_EQ(calls.summary(), "read 1");
  }
}

TEST(Channel, a_look_at_an_empty_one_costs_nothing) {
  auto channel = Channel<int>::create(1).value();
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  EXPECT_TRUE(sys::would_block(channel.receiver.receive().error()));
  EXPECT_EQ(calls.total(), 0u);
}

// Does something at the moment when a sender has put its message in and is about to wake.
class BeforeTheWake : public sys::Observer {
 public:
  explicit BeforeTheWake(std::function<void()> action) : action_(std::move(action)) {}
  int before(std::string_view name) noexcept override {
    if (name == "write") {
      ++writes_;
      if (auto action = std::exchange(action_, nullptr)) action();
    }
    return 0;
  }
  void after(std::string_view, int) noexcept override {}
  [[nodiscard]] int writes() const { return writes_; }

 private:
  std::function<void()> action_;  // done once
  int writes_ = 0;
};

TEST(Channel, no_lock_is_held_while_waking) {
  auto channel = Channel<int>::create(4).value();
  std::optional<int> received;
  // With the lock held this would wait for ever, and the time limit would end the test.
  BeforeTheWake receive([&] { received = channel.receiver.receive().value(); });
  const sys::ScopedObserver watching(receive);
  ASSERT_TRUE(channel.sender.send(1));
  EXPECT_EQ(received, 1);
}

TEST(Channel, a_wake_up_that_comes_after_its_message_was_read_is_quieted_by_the_next_look) {
  auto channel = Channel<int>::create(4).value();
  Watched watched(channel.receiver.fd());
  BeforeTheWake receive([&] { EXPECT_EQ(channel.receiver.receive().value(), 1); });
  const sys::ScopedObserver watching(receive);
  ASSERT_TRUE(channel.sender.send(1));

  EXPECT_TRUE(watched.is_ready());  // for nothing
  EXPECT_TRUE(sys::would_block(channel.receiver.receive().error()));
  EXPECT_FALSE(watched.is_ready());  // a loop under level trigger would spin otherwise
}

TEST(Channel, a_wake_up_on_its_way_serves_a_later_message_too) {
  auto channel = Channel<int>::create(4).value();
  Watched watched(channel.receiver.fd());
  BeforeTheWake receive_and_send([&] {
    EXPECT_EQ(channel.receiver.receive().value(), 1);
    EXPECT_TRUE(sys::would_block(channel.receiver.receive().error()));
    ASSERT_TRUE(channel.sender.send(2));
  });
  const sys::ScopedObserver watching(receive_and_send);
  ASSERT_TRUE(channel.sender.send(1));

  EXPECT_EQ(receive_and_send.writes(), 1);
  EXPECT_TRUE(watched.is_ready());
  EXPECT_EQ(channel.receiver.receive().value(), 2);
  EXPECT_FALSE(watched.is_ready());
  ASSERT_TRUE(channel.sender.send(3));
  EXPECT_TRUE(watched.is_ready());
}

TEST(Channel, from_many_threads_nothing_is_lost_doubled_or_disordered) {
  constexpr int kThreads = 4;
  constexpr int kMessages = 5000;
  struct Message {
    int thread;
    int number;
  };
  auto channel = Channel<Message>::create(16).value();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([sender = channel.sender, thread] {
      for (int number = 0; number < kMessages;) {
        if (sender.send(Message{thread, number})) {
          ++number;
        } else {
          std::this_thread::yield();  // full
        }
      }
    });
  }
  {
    auto ours = std::move(channel.sender);
  }

  // Waits in epoll whenever there is nothing: a lost wake-up would be a wait for ever.
  Watched watched(channel.receiver.fd(), Interest::read(), Trigger::edge);
  std::vector<int> next(kThreads, 0);
  while (true) {
    auto message = channel.receiver.receive();
    if (!message) {
      ASSERT_TRUE(sys::would_block(message.error()));
      (void)watched.wait();
      continue;
    }
    if (!*message) break;
    ASSERT_EQ((*message)->number, next[(*message)->thread]++);
  }
  EXPECT_EQ(next, std::vector<int>(kThreads, kMessages));
  for (auto& thread : threads) thread.join();
}

TEST(Channel, threads_that_send_to_a_receiver_that_goes_away_get_an_error) {
  auto channel = std::make_unique<Channel<int>>(Channel<int>::create(4).value());
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([sender = channel->sender, &told] {
      while (true) {
        const auto sent = sender.send(1);
        if (!sent && sent.error() == std::errc::broken_pipe) break;
        std::this_thread::yield();
      }
      ++told;
    });
  }
  Watched watched(channel->receiver.fd());
  for (int i = 0; i < 100; ++i) {
    if (!channel->receiver.receive()) (void)watched.wait();
  }
  channel.reset();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(told, 4);
}

TEST(Channel, it_does_not_block_is_not_inherited_and_is_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto channel = Channel<int>::create(1).value();
    EXPECT_TRUE(event_source::never_blocks(channel.receiver.fd()));
    EXPECT_TRUE(event_source::closes_on_exec(channel.receiver.fd()));
    EXPECT_EQ(watch.change(), 1);
  }
  EXPECT_EQ(watch.change(), 0);
}

// A message whose copies and whose end use the channel. With a destructor of its own and no move it
// is copied wherever another one would be moved.
class Request {
 public:
  Request(int given, epoll::Sender<Request> sender) : number(given), reply_to(std::move(sender)) {}
  Request(const Request& other) noexcept : number(other.number), reply_to(other.reply_to) {}
  Request& operator=(const Request&) = default;
  ~Request() {}

  int number;
  epoll::Sender<Request> reply_to;
};
TEST(Channel, the_message_itself_may_use_the_channel) {
  auto channel = epoll::Channel<Request>::create(2).value();
  EXPECT_TRUE(channel.sender.send(Request(1, channel.sender)));
  EXPECT_TRUE(channel.sender.send(Request(2, channel.sender)));
  const auto request = channel.receiver.receive();
  ASSERT_TRUE(request);
  EXPECT_EQ((*request)->number, 1);
}

TEST(Channel, a_system_call_that_fails_loses_no_message) {
  const std::size_t calls = event_source::sweep_faults(
      []() -> sys::Result<Channel<int>> {
        auto channel = Channel<int>::create(4);
        if (!channel) return channel;
        EXPECT_TRUE(channel->sender.send(1));
        EXPECT_TRUE(channel->sender.send(2));
        EXPECT_EQ(channel->receiver.receive().value(), 1);
        EXPECT_EQ(channel->receiver.receive().value(), 2);
        EXPECT_TRUE(sys::would_block(channel->receiver.receive().error()));
        return channel;
      },
      {"write", "read"});  // of the eventfd: what it tells is in the queue all the same
  EXPECT_EQ(calls, 3u);
}

}  // namespace
