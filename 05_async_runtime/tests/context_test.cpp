#include "async/core/context.hpp"

#include "testing.hpp"

namespace async::testing::context_test {

class Context : public WithRuntime {
 protected:
  void turn() { runtime->run_ready(100); }
  Task<> keep_token() {
    token = (co_await this_task()).stop_token();
    (void)co_await std::move(gate);
  }

  std::stop_token token;
};

ASYNC_TEST_F(Context, a_task_that_is_asked_to_stop_while_it_waits_ends_its_wait_as_cancelled) {
  auto handle = co_await started(pass(gate));
  EXPECT_EQ((co_await cancelled(handle)).error(), std::errc::operation_canceled);
  EXPECT_TRUE(handle.done());
}

Task<> two_waits(Gate& first, Gate& second) {
  EXPECT_EQ((co_await std::move(first)).error(), std::errc::operation_canceled);
  EXPECT_EQ((co_await std::move(second)).error(), std::errc::operation_canceled);
}
ASYNC_TEST_F(Context, every_operation_after_the_request_ends_as_cancelled_too) {
  Gate second;
  auto handle = co_await started(two_waits(gate, second));
  EXPECT_TRUE(co_await cancelled(handle));
}

ASYNC_TEST_F(Context, asking_a_task_to_stop_that_is_over_changes_nothing) {
  gate.is_open = true;
  auto handle = co_await started(pass(gate));
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(co_await cancelled(handle), 7);
}

ASYNC_TEST_F(Context, asking_a_task_to_stop_before_its_first_turn_does_not_keep_it_from_running) {
  auto handle = spawn(increment(count));
  (void)co_await cancelled(handle);
  EXPECT_EQ(count, 1) << "it is told so, and decides itself";
}

TEST_F(Context, the_stop_token_of_a_task_shows_the_request) {
  auto handle = runtime->spawn(keep_token());
  turn();
  EXPECT_TRUE(token.stop_possible() && !token.stop_requested());
  bool called = false;
  const std::stop_callback callback(token, [&] { called = true; });
  handle.cancel();
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(called);
}

TEST_F(Context, a_stop_token_that_is_asked_for_after_the_request_says_so) {
  auto handle = runtime->spawn(keep_token());
  handle.cancel();
  turn();
  EXPECT_TRUE(token.stop_requested());
}

Task<std::stop_token> token_of_child() {
  co_return (co_await this_task()).stop_token();
}
ASYNC_TEST_F(Context, a_task_that_is_awaited_has_the_token_of_the_task_that_awaits_it) {
  const auto own = (co_await this_task()).stop_token();
  EXPECT_TRUE(own == co_await token_of_child());
}

Task<> stop_itself(JoinHandle<>& self, Gate& gate) {
  self.cancel();
  EXPECT_EQ((co_await std::move(gate)).error(), std::errc::operation_canceled);
}
TEST_F(Context, a_task_may_ask_itself_to_stop) {
  JoinHandle<> handle;
  handle = runtime->spawn(stop_itself(handle, gate));
  turn();
  EXPECT_TRUE(handle.done());
}

TEST(ContextAlone, spends_its_budget_anew_in_each_turn) {
  Budget budget;
  EXPECT_FALSE(budget.consume()) << "nothing to spend outside of its turn";
  budget.renew();
  int spent = 0;
  while (budget.consume()) ++spent;
  EXPECT_GT(spent, 10);
  EXPECT_FALSE(budget.consume());
  budget.renew();
  EXPECT_TRUE(budget.consume());
}

}  // namespace async::testing::context_test
