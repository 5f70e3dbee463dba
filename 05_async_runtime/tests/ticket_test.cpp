#include "async/ticket.hpp"

#include <gtest/gtest.h>

#include <new>
#include <optional>
#include <thread>

#include "../../03_request_context/tests/allocations.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::Ticket;
using async::testing::turns;

// Hands out a ticket for its wait.
class Gate final : public async::Operation<> {
 public:
  explicit Gate(std::optional<Ticket>& ticket) : ticket_(ticket) {}

 private:
  bool attempt() override {
    ++attempts_;
    if (attempts_ > 1) result_ = {};
    return attempts_ > 1;
  }
  bool park() override {
    ticket_.emplace(context());
    return true;
  }
  std::optional<Ticket>& ticket_;
  int attempts_ = 0;
};
Task<> wait_at(std::optional<Ticket>& ticket, int& times) {
  (void)co_await Gate(ticket);
  ++times;
}

Task<> wake_here() {
  std::optional<Ticket> ticket;
  int times = 0;
  auto waiting = async::spawn(wait_at(ticket, times));
  co_await turns(1);
  EXPECT_EQ(times, 0);
  ticket->wake();
  ticket->wake();
  co_await turns(1);
  EXPECT_EQ(times, 1);
  EXPECT_TRUE(waiting.done());
}
TEST(Ticket, wakes_the_task_that_waits) {
  async::block_on(wake_here());
}

TEST(Ticket, wakes_it_from_another_thread) {
  for (int i = 0; i < 50; ++i) {
    std::optional<Ticket> ticket;
    int times = 0;
    auto runtime = async::Runtime::create().value();
    runtime->spawn(wait_at(ticket, times));
    runtime->block_on(turns(1));
    ASSERT_TRUE(ticket);
    std::thread other([&ticket] { ticket->wake(); });
    ASSERT_TRUE(runtime->run());
    other.join();
    EXPECT_EQ(times, 1);
  }
}

Task<> wait_twice(std::optional<Ticket>& first, std::optional<Ticket>& second, int& times) {
  co_await wait_at(first, times);
  co_await wait_at(second, times);
}
Task<> old_ticket() {
  std::optional<Ticket> first, second;
  int times = 0;
  auto waiting = async::spawn(wait_twice(first, second, times));
  co_await turns(1);
  first->wake();
  co_await turns(1);
  EXPECT_EQ(times, 1);
  first->wake();
  co_await turns(2);
  EXPECT_EQ(times, 1) << "a ticket for an earlier wait is void";
  second->wake();
  (void)co_await waiting.join();
  EXPECT_EQ(times, 2);
}
TEST(Ticket, is_void_once_the_task_waits_for_something_else) {
  async::block_on(old_ticket());
}

TEST(Ticket, may_outlive_the_task_and_the_runtime) {
  std::optional<Ticket> ticket;
  int times = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(wait_at(ticket, times));
    runtime->block_on(turns(1));
    ticket->wake();  // from outside of a turn: by way of the loop
  }
  ticket->wake();
  EXPECT_EQ(times, 0);
  Ticket().wake();
}

TEST(Ticket, waking_takes_no_memory) {
  auto runtime = async::Runtime::create().value();
  std::optional<Ticket> ticket;
  int times = 0;
  runtime->spawn(wait_at(ticket, times));
  runtime->block_on(turns(1));
  ASSERT_TRUE(ticket);
  std::thread([&ticket] {
    const allocations::Shortage shortage(0);
    ticket->wake();
    ticket->wake();
  }).join();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(times, 1);
}

Task<> receive_into(async::Receiver<int> receiver, sys::Result<int>& message) {
  message = co_await receiver.receive();
}
TEST(Ticket, want_of_memory_in_a_sender_loses_no_wake_up) {
  auto runtime = async::Runtime::create().value();
  auto [sender, receiver] = async::channel<int>(1);
  sys::Result<int> message = 0;
  runtime->spawn(receive_into(std::move(receiver), message));
  runtime->block_on(turns(2));
  std::thread([last = std::move(sender)]() mutable {
    const allocations::Shortage shortage(0);
    EXPECT_THROW((void)last.try_send(1), std::bad_alloc);
    async::Sender<int> gone = std::move(last);  // the end of the channel, which has to be told
  }).join();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(message.error(), async::Errc::closed);
}

TEST(Ticket, a_note_that_nobody_reads_goes_with_the_runtime) {
  std::optional<Ticket> ticket;
  int times = 0;
  auto runtime = async::Runtime::create().value();
  runtime->spawn(wait_at(ticket, times));
  runtime->block_on(turns(1));
  std::thread([&ticket] { ticket->wake(); }).join();
  runtime.reset();
  ticket.reset();
  EXPECT_EQ(times, 0);
}

}  // namespace
