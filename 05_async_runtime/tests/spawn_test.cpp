#include "async/spawn.hpp"

#include "async/this_task.hpp"

#include <gtest/gtest.h>

namespace {
using async::Task;
Task<int> number(int value) {
  co_return value;
}
Task<int> two() {
  auto a = async::spawn(number(1));
  co_await async::yield();
  auto b = co_await a.join();
  co_return *b + 1;
}
TEST(Spawn, joins) {
  EXPECT_EQ(async::block_on(two()), 2);
}
Task<> nothing(int& n) {
  ++n;
  co_return;
}
Task<> million(int& n) {
  for (int i = 0; i < 1'000'000; ++i) async::spawn(nothing(n));
  co_return;
}
TEST(Spawn, a_task_may_spawn_a_million_tasks_in_a_row) {
  int n = 0;
  auto runtime = async::Runtime::create().value();
  runtime->spawn(million(n));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(n, 1'000'000);
}
}  // namespace
