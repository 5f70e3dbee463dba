#include "async/core/interrupt.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <system_error>
#include <vector>

#include "testing.hpp"

namespace {

using async::Interrupt;
using async::Task;
using async::testing::stream_pair;
using async::testing::turns;

using Outcomes = std::vector<std::error_code>;

Task<> read_twice(Interrupt& interrupt, async::TcpStream& stream, Outcomes& outcomes) {
  std::array<std::byte, 16> buffer;
  for (int i = 0; i < 2; ++i) {
    const auto count = co_await interrupt.interruptible(
        async::timeout(std::chrono::hours(1), stream.read(buffer)));
    outcomes.push_back(async::testing::error_of(count));
  }
}

TEST(Interrupt, ends_one_wait_and_not_the_next_one) {
  auto body = []() -> Task<> {
    auto [here, there] = stream_pair();
    Interrupt interrupt;
    Outcomes outcomes;
    auto reader = async::spawn(read_twice(interrupt, here, outcomes));
    co_await turns(3);
    interrupt.trigger();
    co_await turns(3);
    EXPECT_EQ(outcomes, Outcomes{std::make_error_code(std::errc::interrupted)});
    EXPECT_TRUE(there.socket()->write(async::testing::bytes_of("text")));
    (void)co_await reader.join();
    EXPECT_EQ(outcomes.back(), std::error_code());
    EXPECT_EQ(outcomes.size(), 2U);
  };
  async::block_on(body());
}

TEST(Interrupt, a_result_of_the_same_turn_wins) {
  auto body = []() -> Task<> {
    auto [here, there] = stream_pair();
    Interrupt interrupt;
    Outcomes outcomes;
    auto reader = async::spawn(read_twice(interrupt, here, outcomes));
    co_await turns(3);
    EXPECT_TRUE(there.socket()->write(async::testing::bytes_of("text")));
    (void)co_await async::yield();  // the event is told, and the reader is ready
    interrupt.trigger();
    co_await turns(3);
    EXPECT_EQ(outcomes, Outcomes{std::error_code()});
    reader.cancel();
    (void)co_await reader.join();
  };
  async::block_on(body());
}

Task<> read_after(Interrupt& interrupt, async::TcpStream& stream, int reads, bool& has_begun,
                  std::error_code& outcome) {
  std::array<std::byte, 1> buffer;
  for (int i = 0; i < reads; ++i) (void)co_await stream.read(buffer);
  has_begun = true;
  const auto count = co_await interrupt.interruptible(stream.read(buffer));
  outcome = async::testing::error_of(count);
}

// A task that has used up its operations of this turn begins the next one behind all others: not
// parked yet, but begun (waiter.hpp).
TEST(Interrupt, ends_an_operation_that_waits_for_its_turn_too) {
  auto body = []() -> Task<> {
    for (int reads = 100; reads < 150; ++reads) {
      auto [here, there] = stream_pair();
      const std::vector<std::byte> bytes(static_cast<std::size_t>(reads));
      EXPECT_TRUE(there.socket()->write(bytes));
      Interrupt interrupt;
      bool has_begun = false;
      std::error_code outcome;
      auto reader = async::spawn(read_after(interrupt, here, reads, has_begun, outcome));
      (void)co_await async::yield();
      const bool had_begun = has_begun;
      interrupt.trigger();
      co_await turns(3);
      EXPECT_EQ(reader.done(), had_begun) << reads;
      reader.cancel();
      (void)co_await reader.join();
      EXPECT_EQ(outcome, had_begun ? std::errc::interrupted : std::errc::operation_canceled);
    }
  };
  async::block_on(body());
}

TEST(Interrupt, does_nothing_where_no_operation_waits) {
  auto body = []() -> Task<> {
    auto [here, there] = stream_pair();
    Interrupt interrupt;
    interrupt.trigger();
    Outcomes outcomes;
    auto reader = async::spawn(read_twice(interrupt, here, outcomes));
    co_await turns(3);
    EXPECT_EQ(outcomes, Outcomes{});
    reader.cancel();
    (void)co_await reader.join();
    interrupt.trigger();
    EXPECT_EQ(outcomes.front(), std::errc::operation_canceled);
  };
  async::block_on(body());
}

}  // namespace
