#include "async/sync/oneshot.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "testing.hpp"

namespace {

using async::Task;
using async::testing::turns;

Task<sys::Result<int>> wait_for(async::Receiver<int> answer) {
  co_return co_await answer.receive();
}

Task<> answered() {
  auto [promise, answer] = async::oneshot<int>();
  auto waiting = async::spawn(wait_for(std::move(answer)));
  co_await turns(2);
  EXPECT_FALSE(waiting.done());
  EXPECT_FALSE(promise.is_closed());
  EXPECT_TRUE(promise.send(42));
  const auto result = co_await waiting.join();
  EXPECT_EQ(result, 42);
}
TEST(Oneshot, carries_one_answer) {
  async::block_on(answered());
}

Task<> dropped() {
  auto [promise, answer] = async::oneshot<int>();
  auto waiting = async::spawn(wait_for(std::move(answer)));
  co_await turns(2);
  {
    const auto gone = std::move(promise);
  }
  const auto result = co_await waiting.join();
  EXPECT_EQ(result.error(), async::Errc::closed);
}
TEST(Oneshot, tells_that_no_answer_will_come) {
  async::block_on(dropped());
}

TEST(Oneshot, tells_that_nobody_waits_for_the_answer) {
  auto [promise, answer] = async::oneshot<int>();
  {
    const auto gone = std::move(answer);
  }
  EXPECT_TRUE(promise.is_closed());
  EXPECT_EQ(promise.send(1).error(), async::Errc::closed);
}

TEST(Oneshot, carries_the_answer_of_another_thread) {
  for (int i = 0; i < 50; ++i) {
    auto [promise, answer] = async::oneshot<int>();
    std::thread other([to = std::move(promise), i]() mutable { EXPECT_TRUE(to.send(i)); });
    const auto result = async::block_on(wait_for(std::move(answer)));
    other.join();
    EXPECT_EQ(result, i);
  }
}

}  // namespace
