#include "async/core/this_task.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "async/sync/process.hpp"
#include "testing.hpp"

namespace {

using async::Task;

Task<> write_three(std::string& log, char name) {
  for (int i = 0; i < 3; ++i) {
    log += name;
    (void)co_await async::yield();
  }
}
TEST(ThisTask, tasks_that_yield_take_turns) {
  auto runtime = async::Runtime::create().value();
  std::string log;
  runtime->spawn(write_three(log, 'a'));
  runtime->spawn(write_three(log, 'b'));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(log, "ababab");
}

Task<std::uint64_t> own_id() {
  co_return (co_await async::this_task()).id();
}
TEST(ThisTask, has_a_number_that_counts_from_1) {
  auto runtime = async::Runtime::create().value();
  EXPECT_EQ(runtime->block_on(own_id()), 1U);
  EXPECT_EQ(runtime->block_on(own_id()), 2U);
}

Task<> compute_until_stopped(int& rounds, std::error_code& error) {
  const async::ThisTask me = co_await async::this_task();
  while (!me.stop_requested()) {
    ++rounds;
    const auto yielded = co_await async::yield();
    if (!yielded) error = yielded.error();
  }
}
TEST(ThisTask, a_task_that_only_computes_sees_the_request_to_stop) {
  auto runtime = async::Runtime::create().value();
  int rounds = 0;
  std::error_code error;
  auto handle = runtime->spawn(compute_until_stopped(rounds, error));
  runtime->run_ready(10);
  handle.cancel();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(rounds, 1);
  EXPECT_FALSE(error) << "its turn came, as promised; the next yield would be cancelled";
}

Task<> ignore_everything(int& rounds) {
  // The worst of tasks: its operations fail at once, and it does not look.
  for (; rounds < 5'000; ++rounds) (void)co_await async::yield();
}
Task<> note(int& rounds, int& seen) {
  seen = rounds;
  co_return;
}
TEST(ThisTask, a_cancelled_task_that_does_not_care_still_lets_others_have_their_turn) {
  auto runtime = async::Runtime::create().value();
  int rounds = 0;
  int seen = -1;
  auto handle = runtime->spawn(ignore_everything(rounds));
  runtime->spawn(note(rounds, seen));
  handle.cancel();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(rounds, 5'000);
  EXPECT_LT(seen, 1'000);
}

Task<> sleep_for_ever(int& rounds) {
  for (;; ++rounds) (void)co_await async::sleep_for(std::chrono::hours(1));
}
TEST(ThisTask, a_cancelled_task_that_loops_around_its_waits_ends_with_an_error_and_does_not_spin) {
  auto runtime = async::Runtime::create().value();
  int rounds = 0;
  auto handle = runtime->spawn(sleep_for_ever(rounds));
  handle.cancel();
  ASSERT_TRUE(runtime->run());
  EXPECT_THROW((void)runtime->block_on(handle.join()), std::logic_error);
  EXPECT_EQ(rounds, 9'999);
}

// /dev/null takes everything at once, so this task never has to wait.
Task<> write_pieces(std::size_t size, int count) {
  auto null = epoll::UniqueFd(::open("/dev/null", O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  auto writer = async::make_async(epoll::PipeWriter::adopt(std::move(null)));
  const std::vector<std::byte> piece(size);
  for (int i = 0; i < count; ++i) {
    const auto written = co_await writer.write_all(piece);
    EXPECT_TRUE(written);
  }
}
TEST(Budget, counts_the_bytes_of_an_operation_too) {
  const auto turns_of = [](std::size_t size, int count) {
    auto runtime = async::Runtime::create().value();
    runtime->block_on(write_pieces(size, count));
    return runtime->loop().turns();
  };
  EXPECT_LE(turns_of(1, 1280), 15U) << "128 operations in a turn";
  EXPECT_GE(turns_of(64 * 1024, 160), 20U) << "512 KiB in a turn";
}

}  // namespace
