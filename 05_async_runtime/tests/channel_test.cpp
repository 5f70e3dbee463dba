// Channels, and the one that carries a single answer.
#include <numeric>

#include "allocations.hpp"
#include "async/sync/channel.hpp"
#include "testing.hpp"

namespace async::testing::channel_test {

// A channel of numbers with little room.
class Channel : public WithRuntime {
 protected:
  // Sends 1, 2 and so on, up to `last`; `sent` is the last one that was taken.
  static Task<> send_up_to(Sender<int> sender, int last, int& sent) {
    for (int i = 1; i <= last; ++i) {
      const auto done = co_await sender.send(i);
      if (!done) co_return;
      sent = i;
    }
  }
  auto sending(int last) { return send_up_to(sender, last, sent); }
  // Everything up to the end.
  static Task<std::vector<int>> receive_all(Receiver<int>& from) {
    std::vector<int> all;
    while (auto message = co_await from.receive()) all.push_back(*message);
    co_return all;
  }
  static std::vector<int> numbers(int first, std::size_t many) {
    std::vector<int> all(many);
    std::iota(all.begin(), all.end(), first);
    return all;
  }
  void make(std::size_t room) { std::tie(sender, receiver) = channel<int>(room); }
  void drop_sender() { drop(std::move(sender)); }

  Sender<int> sender;
  Receiver<int> receiver;
  int sent = 0;

  Channel() : Channel(channel<int>(1)) {}

 private:
  explicit Channel(std::pair<Sender<int>, Receiver<int>> ends)
      : sender(std::move(ends.first)), receiver(std::move(ends.second)) {}
};

ASYNC_TEST_F(Channel, messages_arrive_in_order_and_end_when_the_last_sender_has_gone) {
  make(2);
  spawn(sending(100));
  drop_sender();
  EXPECT_EQ(co_await receive_all(receiver), numbers(1, 100));
  EXPECT_EQ((co_await receiver.receive()).error(), Errc::closed);
}

ASYNC_TEST_F(Channel, a_sender_waits_while_it_is_full) {
  make(3);
  auto waiting = co_await started(sending(100), 5);
  EXPECT_EQ(sent, 3) << "it waits: there is room for no more";
  EXPECT_EQ(co_await receiver.receive(), 1);
  co_await turns(5);
  EXPECT_EQ(sent, 4);
}

TEST_F(Channel, trying_to_send_or_receive_says_that_it_would_wait) {
  EXPECT_TRUE(sys::would_block(error_of(receiver.try_receive())));
  EXPECT_TRUE(sender.try_send(1));
  EXPECT_TRUE(sys::would_block(error_of(sender.try_send(2))));
  EXPECT_EQ(receiver.try_receive(), 1);
}

ASYNC_TEST_F(Channel, has_many_senders) {
  std::array<int, 5> counts{};
  for (int& of_one : counts) spawn(send_up_to(sender, 10, of_one));
  drop_sender();  // or the end would never come
  const auto all = co_await receive_all(receiver);
  EXPECT_EQ(all.size(), 50U);
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), 0), 5 * 55);
}

ASYNC_TEST_F(Channel, senders_that_wait_are_served_in_order_and_none_wakes_up_in_vain) {
  EXPECT_TRUE(sender.try_send(0));
  TaskGroup senders;
  for (int i = 1; i <= 4; ++i) senders.spawn(sender.send(i));
  co_await turns(1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(co_await receiver.receive(), i);
  EXPECT_TRUE(co_await senders.join()) << "all were sent";
  EXPECT_EQ(Runtime::here().counters().woken_for_nothing, 0U);
}

ASYNC_TEST_F(Channel, when_the_receiver_goes_every_send_fails) {
  auto waiting = co_await started(sending(10));
  EXPECT_EQ(sent, 1);
  EXPECT_FALSE(sender.is_closed());
  drop(std::move(receiver));
  EXPECT_TRUE(co_await waiting.join()) << "a send that waits ends";
  EXPECT_TRUE(sender.is_closed());
  EXPECT_EQ((co_await sender.send(1)).error(), Errc::closed);
  EXPECT_EQ(sender.try_send(1).error(), Errc::closed);
}

ASYNC_TEST_F(Channel, what_was_sent_before_the_sender_went_can_still_be_received) {
  make(4);
  co_await sending(2);
  drop_sender();
  EXPECT_EQ(co_await receive_all(receiver), numbers(1, 2));
}

ASYNC_TEST_F(Channel, a_receive_that_is_cancelled_takes_no_message) {
  auto waiting = co_await started(receiver.receive());
  EXPECT_EQ((co_await cancelled(waiting)).error(), std::errc::operation_canceled);
  EXPECT_TRUE(sender.try_send(5));
  EXPECT_EQ(co_await receiver.receive(), 5) << "a receive that was cancelled has taken nothing";
}

ASYNC_TEST_F(Channel, cancelled_in_the_turn_in_which_a_message_came_it_gets_the_message) {
  for (const bool cancel_first : {false, true}) {
    auto waiting = co_await started(receiver.receive());
    if (cancel_first) waiting.cancel();
    EXPECT_TRUE(sender.try_send(5));
    EXPECT_EQ(co_await cancelled(waiting), 5);
  }
}

ASYNC_TEST_F(Channel, a_send_that_is_cancelled_sends_nothing) {
  auto waiting = co_await started(sending(2));
  (void)co_await cancelled(waiting);
  EXPECT_EQ(sent, 1);
  EXPECT_EQ(receiver.try_receive(), 1);
  EXPECT_FALSE(receiver.try_receive()) << "the send that was cancelled has sent nothing";
}

ASYNC_TEST_F(Channel, a_send_whose_message_was_taken_is_not_cancelled_any_more) {
  auto waiting = co_await started(sending(2));
  EXPECT_TRUE(receiver.try_receive());  // takes 1, and lets 2 in
  (void)co_await cancelled(waiting);
  EXPECT_EQ(sent, 2) << "it was sent: the result wins";
  EXPECT_EQ(receiver.try_receive(), 2) << "exactly once";
}

ASYNC_TEST_F(Channel, a_second_receive_at_the_same_time_gets_an_error) {
  auto waiting = co_await started(receiver.receive());
  EXPECT_EQ((co_await receiver.receive()).error(), Errc::already_waiting);
  EXPECT_TRUE(sender.try_send(3));
  EXPECT_EQ(co_await waiting.join(), 3);
}

ASYNC_TEST_F(Channel, carries_what_can_only_be_moved) {
  auto [to, from] = channel<std::unique_ptr<int>>(1);
  EXPECT_TRUE(co_await to.send(std::make_unique<int>(3)));
  const auto message = co_await from.receive();
  EXPECT_TRUE(message && **message == 3);
}

TEST_F(Channel, messages_that_are_not_taken_are_destroyed_with_the_channel) {
  {
    auto [to, from] = channel<Alive>(4);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(to.try_send(Alive(alive)));
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

TEST_F(Channel, messages_that_can_no_longer_be_taken_are_destroyed_with_the_receiver) {
  auto [to, from] = channel<Alive>(4);
  EXPECT_TRUE(to.try_send(Alive(alive)));
  drop(std::move(from));
  EXPECT_EQ(alive, 0) << "though a sender is still there";
  EXPECT_EQ(error_of(to.try_send(Alive(alive))), Errc::closed);
}

// Each message holds the channel, and the channel the message.
struct Letter {
  Letter(Sender<Letter> to, Alive and_this) : answer(std::move(to)), held(std::move(and_this)) {}
  Sender<Letter> answer;
  Alive held;
};
TEST_F(Channel, messages_that_hold_a_sender_of_it_do_not_keep_it_alive) {
  {
    auto [to, from] = channel<Letter>(1);
    EXPECT_TRUE(to.try_send(Letter(to, Alive(alive))));
  }
  EXPECT_EQ(alive, 0);
}

ASYNC_TEST_F(Channel, a_receive_that_has_a_name_gives_its_place_back_when_it_is_over) {
  make(2);
  co_await sending(2);
  auto named = receiver.receive();
  EXPECT_EQ(co_await std::move(named), 1);
  EXPECT_EQ(co_await receiver.receive(), 2) << "the first one is over, and waits no more";
}

TEST_F(Channel, tasks_that_are_destroyed_while_they_wait_leave_it_in_order) {
  for (int i = 0; i < 2; ++i) runtime->spawn(sending(3));
  runtime->block_on(turns(3));
  runtime.reset();
  EXPECT_EQ(receiver.try_receive(), 1);
  EXPECT_FALSE(receiver.try_receive()) << "the tasks that waited have taken their messages along";
  EXPECT_TRUE(sender.try_send(9));
  EXPECT_EQ(receiver.try_receive(), 9);
}

ASYNC_TEST_F(Channel, one_that_was_closed_says_so_when_it_is_drained) {
  make(2);
  EXPECT_TRUE(sender.try_send(1));
  receiver.close();
  EXPECT_EQ(sender.try_send(2).error(), Errc::closed);
  EXPECT_EQ(co_await receiver.receive(), 1);
  EXPECT_EQ((co_await timeout(30s, receiver.receive())).error(), Errc::closed)
      << "there is a sender, and it can send nothing";
  EXPECT_EQ(receiver.try_receive().error(), Errc::closed);
}

ASYNC_TEST_F(Channel, closing_wakes_a_receive_that_waits) {
  auto waiting = co_await started(receiver.receive());
  receiver.close();
  EXPECT_EQ((co_await timeout(5s, waiting.join())).error(), Errc::closed);
}

TEST_F(Channel, without_room_it_is_refused) {
  EXPECT_THROW((void)channel<int>(0), std::invalid_argument);
}

// A message whose copies and whose end use the channel. With a destructor of its own and no move it
// is copied wherever another one would be moved.
class Request {
 public:
  Request(int given, Sender<Request> to) : number(given), reply_to(std::move(to)) {}
  Request(const Request& other) noexcept : number(other.number), reply_to(other.reply_to) {
    EXPECT_FALSE(reply_to.is_closed());
  }
  Request& operator=(const Request&) = default;
  ~Request() { (void)reply_to.is_closed(); }

  int number;
  Sender<Request> reply_to;
};
Task<> send_requests(Sender<Request> sender) {
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(co_await sender.send(Request(i, sender)));
  }
}
ASYNC_TEST_F(Channel, the_message_itself_may_use_the_channel) {
  auto [to, from] = channel<Request>(1);
  spawn(send_requests(to));
  for (int i = 1; i <= 3; ++i) {
    const auto request = co_await from.receive();
    EXPECT_EQ(request->number, i);
  }
  EXPECT_TRUE(to.try_send(Request(4, to)));
  EXPECT_EQ(from.try_receive()->number, 4);
}

// -- between threads ------------------------------------------------------------------------------

Task<> send_all(Sender<int> sender, int first, int count) {
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(co_await sender.send(first + i));
  }
}
TEST_F(Channel, carries_messages_between_runtimes_with_back_pressure) {
  constexpr int kThreads = 3;
  constexpr int kMessages = 2'000;
  make(4);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([to = sender, i] { block_on(send_all(to, i * kMessages, kMessages)); });
  drop_sender();
  std::array<std::vector<int>, kThreads> got;
  for (const int message : runtime->block_on(receive_all(receiver)))
    got.at(static_cast<std::size_t>(message / kMessages)).push_back(message);
  for (int i = 0; i < kThreads; ++i)
    EXPECT_EQ(got.at(static_cast<std::size_t>(i)), numbers(i * kMessages, kMessages)) << "in order";
}

// Uses the channel from another thread at the moment when a task is about to be woken.
class UseBeforeTheWake : public sys::Observer {
 public:
  explicit UseBeforeTheWake(const Sender<int>& sender) : sender_(sender) {}
  int before(std::string_view name) noexcept override {
    if (name != "write") return 0;
    ++wakes;
    // With the lock held this would wait for ever, and the time limit would end the test.
    std::jthread([this] { (void)sender_.is_closed(); }).join();
    return 0;
  }
  void after(std::string_view, int) noexcept override {}
  int wakes = 0;

 private:
  const Sender<int>& sender_;
};
TEST_F(Channel, no_lock_is_held_while_waking) {
  Watching<UseBeforeTheWake> use(sender);
  // The runtime does not run while it is told: so that goes through its eventfd.
  auto receiving = started(*runtime, receiver.receive());
  EXPECT_TRUE(sender.try_send(1));
  EXPECT_EQ(use.wakes, 1);
  EXPECT_EQ(runtime->block_on(receiving.join()), 1);

  (void)started(*runtime, sending(2));
  EXPECT_EQ(receiver.try_receive(), 1);
  EXPECT_EQ(use.wakes, 2);
  runtime->block_on(turns(2));
  EXPECT_EQ(sent, 2);
}

TEST_F(Channel, a_thread_without_a_runtime_may_send) {
  make(1'000);
  const std::jthread other([to = std::move(sender)]() mutable {
    for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(to.try_send(i));
  });
  drop_sender();
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(runtime->block_on(receiver.receive()), i);
}

TEST_F(Channel, a_receiver_that_is_destroyed_wakes_senders_of_other_threads) {
  const std::jthread other([this] { block_on(sending(1'000'000)); });
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(runtime->block_on(receiver.receive()), i);
  drop(std::move(receiver));
}

ASYNC_TEST(Oneshot, carries_one_answer) {
  auto [promise, answer] = oneshot<int>();
  auto waiting = co_await started(answer.receive());
  EXPECT_FALSE(waiting.done());
  EXPECT_FALSE(promise.is_closed());
  EXPECT_TRUE(promise.send(42));
  EXPECT_EQ(co_await waiting.join(), 42);
}

ASYNC_TEST(Oneshot, reports_that_no_answer_will_come) {
  auto [promise, answer] = oneshot<int>();
  auto waiting = co_await started(answer.receive());
  drop(std::move(promise));
  EXPECT_EQ((co_await waiting.join()).error(), Errc::closed);
}

TEST(Oneshot, reports_that_the_answer_is_no_longer_awaited) {
  auto [promise, answer] = oneshot<int>();
  drop(std::move(answer));
  EXPECT_TRUE(promise.is_closed());
  EXPECT_EQ(promise.send(1).error(), Errc::closed);
}

TEST(Oneshot, carries_the_answer_of_another_thread) {
  for (int i = 0; i < 50; ++i) {
    auto [promise, answer] = oneshot<int>();
    const std::jthread other([&, i] { EXPECT_TRUE(promise.send(i)); });
    EXPECT_EQ(block_on(answer.receive()), i);
  }
}

// What cannot be posted is destroyed, and with it the sender, which tells the receiver by way of the same
// lock.
TEST(PostedSender, in_a_callback_that_finds_no_memory_is_closed_and_nothing_waits_for_itself) {
  for (std::size_t nth = 1; nth <= 3; ++nth) {
    const auto runtime = Runtime::create().value();
    auto ends = channel<int>(1);
    auto receiving = started(*runtime, ends.second.receive());
    allocations::FailNth fault(nth);
    fault.arm();
    try {
      runtime->handle().post([sender = std::move(ends.first)] {});
    } catch (const std::bad_alloc&) {
    }
    fault.disarm();
    const auto dropped =
        std::move(ends.first);  // NOLINT(bugprone-use-after-move): it may be there still
    EXPECT_EQ(runtime->block_on(receiving.join()).has_value(), false);
  }
}

}  // namespace async::testing::channel_test
