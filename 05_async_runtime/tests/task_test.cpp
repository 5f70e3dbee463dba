#include "async/task.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace {

using async::Task;

// Runs a task to its end where no operation ever waits: so no runtime is needed.
template <class T>
T run_alone(Task<T> given) {
  async::TaskContext context;
  const Task<T> task = std::move(given);  // ends before its context
  task.promise().begin_in(context);
  context.run();
  EXPECT_TRUE(context.is_over());
  return task.promise().outcome.take();
}

Task<int> number(int value) {
  co_return value;
}

TEST(Task, returns_a_value) {
  EXPECT_EQ(run_alone(number(42)), 42);
}

Task<int> sum_of(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await number(1);
  co_return sum;
}
TEST(Task, five_million_awaits_that_complete_at_once_do_not_grow_the_stack) {
  EXPECT_EQ(run_alone(sum_of(5'000'000)), 5'000'000);
}
}  // namespace
