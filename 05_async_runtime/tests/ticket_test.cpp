#include "async/ticket.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

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

}  // namespace
