// Channels, and the one that carries a single answer.
#include <numeric>

#include "async/sync/channel.hpp"
#include "async/sync/oneshot.hpp"
#include "testing.hpp"

namespace async::testing {
namespace {

Task<> send_up_to(Sender<int> sender, int last, int& sent) {
  for (int i = 1; i <= last; ++i) {
    const auto done = co_await sender.send(i);
    if (!done) co_return;
    sent = i;
  }
}

ASYNC_TEST(Channel, messages_arrive_in_order_and_end_when_the_last_sender_has_gone) {
  auto [sender, receiver] = channel<int>(2);
  int sent = 0;
  spawn(send_up_to(std::move(sender), 100, sent));
  int expected = 1;
  while (auto message = co_await receiver.receive()) EXPECT_EQ(*message, expected++);
  EXPECT_EQ(expected, 101) << "every message, in order, and then the end";
  EXPECT_EQ((co_await receiver.receive()).error(), Errc::closed);
}

ASYNC_TEST(Channel, a_sender_waits_while_it_is_full) {
  auto [sender, receiver] = channel<int>(3);
  int sent = 0;
  spawn(send_up_to(std::move(sender), 100, sent));
  co_await turns(5);
  EXPECT_EQ(sent, 3) << "it waits: there is room for no more";
  EXPECT_EQ(co_await receiver.receive(), 1);
  co_await turns(5);
  EXPECT_EQ(sent, 4);
}

ASYNC_TEST(Channel, trying_to_send_or_receive_says_that_it_would_wait) {
  auto [sender, receiver] = channel<int>(1);
  const auto empty = receiver.try_receive();
  EXPECT_TRUE(!empty && sys::would_block(empty.error()));
  EXPECT_TRUE(sender.try_send(1));
  const auto full = sender.try_send(2);
  EXPECT_TRUE(!full && sys::would_block(full.error()));
  const auto message = receiver.try_receive();
  EXPECT_EQ(message, 1);
  co_return;
}

ASYNC_TEST(Channel, has_many_senders) {
  auto [sender, receiver] = channel<int>(2);
  std::vector<int> sent(5, 0);
  for (int& count : sent) spawn(send_up_to(sender, 10, count));
  {
    const auto last_of_mine = std::move(sender);  // or the end would never come
  }
  int sum = 0;
  int messages = 0;
  while (auto message = co_await receiver.receive()) {
    sum += *message;
    ++messages;
  }
  EXPECT_EQ(messages, 50);
  EXPECT_EQ(sum, 5 * 55);
}

ASYNC_TEST(Channel, senders_that_wait_are_served_in_order_and_none_wakes_up_in_vain) {
  auto [sender, receiver] = channel<int>(1);
  int sent = 0;
  EXPECT_TRUE(sender.try_send(0));
  const auto send_one = [](Sender<int> to, int value, int& count) -> Task<> {
    const auto done = co_await to.send(value);
    if (done) ++count;
  };
  for (int i = 1; i <= 4; ++i) {
    spawn(send_one(sender, i, sent));
    co_await turns(1);
  }
  std::vector<int> got;
  for (int i = 0; i < 5; ++i) {
    const auto message = co_await receiver.receive();
    got.push_back(message.value_or(-1));
  }
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4}));
  co_await turns(1);
  EXPECT_EQ(sent, 4);
  EXPECT_EQ(Runtime::here().counters().woken_for_nothing, 0U);
}

ASYNC_TEST(Channel, when_the_receiver_goes_every_send_fails) {
  auto [sender, receiver] = channel<int>(1);
  int sent = 0;
  auto waiting = co_await started(send_up_to(sender, 10, sent));
  EXPECT_EQ(sent, 1);
  EXPECT_FALSE(sender.is_closed());
  {
    const auto gone = std::move(receiver);
  }
  EXPECT_TRUE(co_await waiting.join()) << "a send that waits ends";
  EXPECT_TRUE(sender.is_closed());
  EXPECT_EQ((co_await sender.send(1)).error(), Errc::closed);
  EXPECT_EQ(sender.try_send(1).error(), Errc::closed);
}

ASYNC_TEST(Channel, what_was_sent_before_the_sender_went_can_still_be_received) {
  auto [sender, receiver] = channel<int>(4);
  EXPECT_TRUE(sender.try_send(1));
  EXPECT_TRUE(sender.try_send(2));
  {
    const auto gone = std::move(sender);
  }
  const auto one = co_await receiver.receive();
  const auto two = co_await receiver.receive();
  const auto end = co_await receiver.receive();
  EXPECT_EQ(one, 1);
  EXPECT_EQ(two, 2);
  EXPECT_EQ(end.error(), Errc::closed);
}

Task<> receive_one(Receiver<int>& receiver, sys::Result<int>& result) {
  result = co_await receiver.receive();
}
ASYNC_TEST(Channel, a_receive_that_is_cancelled_takes_no_message) {
  auto [sender, receiver] = channel<int>(4);
  sys::Result<int> result = 0;
  auto waiting = co_await started(receive_one(receiver, result), 1);
  (void)co_await cancelled(waiting);
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_TRUE(sender.try_send(5));
  EXPECT_EQ(co_await receiver.receive(), 5) << "a receive that was cancelled has taken nothing";
}

Task<> cancel_and_send(bool cancel_first) {
  auto [sender, receiver] = channel<int>(4);
  sys::Result<int> result = 0;
  auto waiting = co_await started(receive_one(receiver, result), 1);
  if (cancel_first) waiting.cancel();
  EXPECT_TRUE(sender.try_send(5));
  if (!cancel_first) waiting.cancel();
  (void)co_await waiting.join();
  EXPECT_EQ(result, 5);
}
TEST(Channel, cancelled_in_the_turn_in_which_a_message_came_it_gets_the_message) {
  block_on(cancel_and_send(false));
  block_on(cancel_and_send(true));
}

ASYNC_TEST(Channel, a_send_that_is_cancelled_sends_nothing) {
  auto [sender, receiver] = channel<int>(1);
  int sent = 0;
  auto waiting = co_await started(send_up_to(sender, 2, sent));
  EXPECT_EQ(sent, 1);
  (void)co_await cancelled(waiting);
  EXPECT_EQ(sent, 1);
  const auto first = receiver.try_receive();
  EXPECT_EQ(first, 1);
  EXPECT_FALSE(receiver.try_receive()) << "the send that was cancelled has sent nothing";
}

ASYNC_TEST(Channel, a_send_whose_message_was_taken_is_not_cancelled_any_more) {
  auto [sender, receiver] = channel<int>(1);
  int sent = 0;
  auto waiting = co_await started(send_up_to(sender, 2, sent));
  EXPECT_TRUE(receiver.try_receive());  // takes 1, and lets 2 in
  (void)co_await cancelled(waiting);
  EXPECT_EQ(sent, 2) << "it was sent: the result wins";
  EXPECT_EQ(receiver.try_receive(), 2) << "exactly once";
}

ASYNC_TEST(Channel, a_second_receive_at_the_same_time_gets_an_error) {
  auto [sender, receiver] = channel<int>(1);
  sys::Result<int> result = 0;
  auto waiting = co_await started(receive_one(receiver, result), 1);
  EXPECT_EQ((co_await receiver.receive()).error(), Errc::already_waiting);
  EXPECT_TRUE(sender.try_send(3));
  (void)co_await waiting.join();
  EXPECT_EQ(result, 3);
}

ASYNC_TEST(Channel, carries_what_can_only_be_moved) {
  auto [sender, receiver] = channel<std::unique_ptr<int>>(1);
  EXPECT_TRUE(co_await sender.send(std::make_unique<int>(3)));
  const auto message = co_await receiver.receive();
  EXPECT_TRUE(message && **message == 3);
}

TEST(Channel, messages_that_are_not_taken_go_with_the_channel) {
  int alive = 0;
  {
    auto [sender, receiver] = channel<Alive>(4);
    EXPECT_TRUE(sender.try_send(Alive(alive)));
    EXPECT_TRUE(sender.try_send(Alive(alive)));
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Channel, messages_that_can_be_taken_no_more_go_with_the_receiver) {
  int alive = 0;
  auto both = std::make_optional(channel<Alive>(4));
  Sender<Alive> sender = both->first;
  EXPECT_TRUE(sender.try_send(Alive(alive)));
  both.reset();
  EXPECT_EQ(alive, 0) << "though a sender is still there";
  EXPECT_EQ(error_of(sender.try_send(Alive(alive))), Errc::closed);
}

// Each message holds the channel, and the channel the message.
struct Letter {
  Letter(Sender<Letter> to, Alive and_this) : answer(std::move(to)), alive(std::move(and_this)) {}
  Sender<Letter> answer;
  Alive alive;
};
TEST(Channel, messages_that_hold_a_sender_of_it_do_not_keep_it_alive) {
  int alive = 0;
  {
    auto [sender, receiver] = channel<Letter>(1);
    EXPECT_TRUE(sender.try_send(Letter(sender, Alive(alive))));
  }
  EXPECT_EQ(alive, 0);
}

Task<> send_and_hold(Sender<int> sender) {
  for (int i = 0; i < 3; ++i) (void)co_await sender.send(i);
}

ASYNC_TEST(Channel, a_receive_that_has_a_name_gives_its_place_back_when_it_is_over) {
  auto [sender, receiver] = channel<int>(2);
  auto sending = spawn(send_and_hold(sender));
  auto named = receiver.receive();
  const auto first = co_await std::move(named);
  const auto second = co_await receiver.receive();
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1) << "the first one is over, and waits no more";
  (void)co_await sending.join();
}

TEST(Channel, tasks_that_are_destroyed_while_they_wait_leave_it_in_order) {
  auto [sender, receiver] = channel<int>(1);
  {
    auto runtime = Runtime::create().value();
    runtime->spawn(send_and_hold(sender));
    runtime->spawn(send_and_hold(sender));
    runtime->block_on(turns(3));
  }
  EXPECT_EQ(receiver.try_receive(), 0);
  EXPECT_FALSE(receiver.try_receive()) << "the tasks that waited have taken their messages along";
  EXPECT_TRUE(sender.try_send(9));
  EXPECT_EQ(receiver.try_receive(), 9);
}

ASYNC_TEST(Channel, one_that_was_closed_says_so_when_it_is_drained) {
  auto [sender, receiver] = channel<int>(2);
  EXPECT_TRUE(sender.try_send(1));
  receiver.close();
  EXPECT_EQ(sender.try_send(2).error(), Errc::closed);
  EXPECT_EQ(co_await receiver.receive(), 1);
  EXPECT_EQ((co_await timeout(30s, receiver.receive())).error(), Errc::closed)
      << "there is a sender, and it can send nothing";
  EXPECT_EQ(receiver.try_receive().error(), Errc::closed);
}

Task<> receive_into(Receiver<int>& receiver, sys::Result<int>& message) {
  message = co_await receiver.receive();
}
ASYNC_TEST(Channel, closing_wakes_a_receive_that_waits) {
  auto [sender, receiver] = channel<int>(2);
  sys::Result<int> message = 0;
  auto waiting = co_await started(receive_into(receiver, message));
  receiver.close();
  (void)co_await timeout(5s, waiting.join());
  EXPECT_TRUE(waiting.done());
  EXPECT_EQ(message.error(), Errc::closed);
}

TEST(Channel, without_room_it_is_refused) {
  EXPECT_THROW((void)channel<int>(0), std::invalid_argument);
}

// A message whose copies and whose end use the channel. With a destructor of its own and no move it
// is copied wherever another one would be moved.
class Request {
 public:
  Request(int given, Sender<Request> sender) : number(given), reply_to(std::move(sender)) {}
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
ASYNC_TEST(Channel, the_message_itself_may_use_the_channel) {
  auto [sender, receiver] = channel<Request>(1);
  auto sending = spawn(send_requests(sender));
  for (int i = 1; i <= 3; ++i) {
    const auto request = co_await receiver.receive();
    EXPECT_EQ(request->number, i);
  }
  (void)co_await sending.join();
  EXPECT_TRUE(sender.try_send(Request(4, sender)));
  const auto by_try = receiver.try_receive();
  EXPECT_EQ(by_try->number, 4);
}

// -- between threads ------------------------------------------------------------------------------

Task<> send_all(Sender<int> sender, int first, int count) {
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(co_await sender.send(first + i));
  }
}
Task<> collect(Receiver<int> receiver, std::vector<int>& got) {
  while (auto message = co_await receiver.receive()) got.push_back(*message);
}
TEST(Channel, carries_messages_between_runtimes_with_back_pressure) {
  constexpr int kThreads = 3;
  constexpr int kMessages = 2'000;
  std::vector<int> got;
  {
    auto [sender, receiver] = channel<int>(4);
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([to = sender, i]() mutable {
        block_on(send_all(std::move(to), i * kMessages, kMessages));
      });
    }
    {
      const auto gone = std::move(sender);
    }
    block_on(collect(std::move(receiver), got));
    for (std::thread& thread : threads) thread.join();
  }
  ASSERT_EQ(got.size(), static_cast<std::size_t>(kThreads * kMessages));
  for (int i = 0; i < kThreads; ++i) {
    std::vector<int> of_one;
    for (const int message : got)
      if (message / kMessages == i) of_one.push_back(message);
    std::vector<int> expected(kMessages);
    std::iota(expected.begin(), expected.end(), i * kMessages);
    EXPECT_EQ(of_one, expected) << "each sender's messages stay in order";
  }
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
TEST(Channel, no_lock_is_held_while_waking) {
  auto runtime = Runtime::create().value();
  auto [sender, receiver] = channel<int>(1);
  UseBeforeTheWake use(sender);
  const sys::ScopedObserver watching(use);
  // The runtime does not run while it is told: so that goes through its eventfd.
  sys::Result<int> received = 0;
  runtime->spawn(receive_one(receiver, received));
  runtime->block_on(turns(2));
  EXPECT_TRUE(sender.try_send(1));
  EXPECT_EQ(use.wakes, 1);
  runtime->block_on(turns(2));
  EXPECT_EQ(received, 1);

  int sent = 0;
  runtime->spawn(send_up_to(sender, 2, sent));
  runtime->block_on(turns(2));
  EXPECT_EQ(receiver.try_receive(), 1);
  EXPECT_EQ(use.wakes, 2);
  runtime->block_on(turns(2));
  EXPECT_EQ(sent, 2);
}

TEST(Channel, a_thread_without_a_runtime_may_send) {
  std::vector<int> got;
  auto [sender, receiver] = channel<int>(1'000);
  std::thread other([to = std::move(sender)]() mutable {
    for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(to.try_send(i));
    const auto gone = std::move(to);
  });
  block_on(collect(std::move(receiver), got));
  other.join();
  EXPECT_EQ(got.size(), 1'000U);
}

TEST(Channel, a_receiver_that_goes_lets_senders_of_other_threads_go_on) {
  auto [sender, receiver] = channel<int>(1);
  std::thread other([to = std::move(sender)]() mutable {
    int sent = 0;
    block_on(send_up_to(std::move(to), 1'000'000, sent));
  });
  const auto receive_three = [](Receiver<int> from) -> Task<> {
    for (int i = 1; i <= 3; ++i) {
      EXPECT_EQ(co_await from.receive(), i);
    }
  };
  block_on(receive_three(std::move(receiver)));
  other.join();
}

Task<sys::Result<int>> wait_for(Receiver<int> answer) {
  co_return co_await answer.receive();
}

ASYNC_TEST(Oneshot, carries_one_answer) {
  auto [promise, answer] = oneshot<int>();
  auto waiting = co_await started(wait_for(std::move(answer)));
  EXPECT_FALSE(waiting.done());
  EXPECT_FALSE(promise.is_closed());
  EXPECT_TRUE(promise.send(42));
  EXPECT_EQ(co_await waiting.join(), 42);
}

ASYNC_TEST(Oneshot, tells_that_no_answer_will_come) {
  auto [promise, answer] = oneshot<int>();
  auto waiting = co_await started(wait_for(std::move(answer)));
  {
    const auto gone = std::move(promise);
  }
  EXPECT_EQ((co_await waiting.join()).error(), Errc::closed);
}

TEST(Oneshot, tells_that_the_answer_is_awaited_no_more) {
  auto [promise, answer] = oneshot<int>();
  {
    const auto gone = std::move(answer);
  }
  EXPECT_TRUE(promise.is_closed());
  EXPECT_EQ(promise.send(1).error(), Errc::closed);
}

TEST(Oneshot, carries_the_answer_of_another_thread) {
  for (int i = 0; i < 50; ++i) {
    auto [promise, answer] = oneshot<int>();
    std::thread other([to = std::move(promise), i]() mutable { EXPECT_TRUE(to.send(i)); });
    const auto result = block_on(wait_for(std::move(answer)));
    other.join();
    EXPECT_EQ(result, i);
  }
}

}  // namespace
}  // namespace async::testing
