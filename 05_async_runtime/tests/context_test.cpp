#include "async/core/context.hpp"

#include "testing.hpp"

namespace async::testing {
namespace {

// A task that waits at a gate.
class Context : public ::testing::Test {
 protected:
  void turn() { runtime->run_ready(100); }

  std::unique_ptr<Runtime> runtime = Runtime::create().value();
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
};

TEST_F(Context, a_task_that_is_asked_to_stop_while_it_waits_ends_its_wait_as_cancelled) {
  auto handle = runtime->spawn(pass(gate, result, times));
  turn();
  handle.cancel();
  turn();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_TRUE(handle.done());
}

Task<> two_waits(Gate& first, Gate& second, std::vector<std::error_code>& errors) {
  const auto one = co_await std::move(first);
  errors.push_back(one ? std::error_code() : one.error());
  const auto two = co_await std::move(second);
  errors.push_back(two ? std::error_code() : two.error());
}
TEST_F(Context, every_operation_after_the_request_ends_as_cancelled_too) {
  std::vector<std::error_code> errors;
  Gate second;
  auto handle = runtime->spawn(two_waits(gate, second, errors));
  turn();
  handle.cancel();
  turn();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0], std::errc::operation_canceled);
  EXPECT_EQ(errors[1], std::errc::operation_canceled);
}

TEST_F(Context, asking_a_task_to_stop_that_is_over_changes_nothing) {
  gate.is_open = true;
  auto handle = runtime->spawn(pass(gate, result, times));
  turn();
  ASSERT_TRUE(handle.done());
  handle.cancel();
  turn();
  EXPECT_EQ(result, 7);
  EXPECT_EQ(times, 1);
}

TEST_F(Context, asking_a_task_to_stop_before_its_first_turn_does_not_keep_it_from_running) {
  bool ran = false;
  const auto note = [](bool& done) -> Task<> {
    done = true;
    co_return;
  };
  auto handle = runtime->spawn(note(ran));
  handle.cancel();
  turn();
  EXPECT_TRUE(ran) << "it is told so, and decides itself";
}

Task<> keep_token(std::optional<std::stop_token>& token, Gate& gate) {
  token = (co_await this_task()).stop_token();
  (void)co_await std::move(gate);
}
TEST_F(Context, the_stop_token_of_a_task_tells_the_request) {
  std::optional<std::stop_token> token;
  auto handle = runtime->spawn(keep_token(token, gate));
  turn();
  ASSERT_TRUE(token);
  EXPECT_FALSE(token->stop_requested());
  bool called = false;
  const std::stop_callback callback(*token, [&] { called = true; });
  handle.cancel();
  EXPECT_TRUE(token->stop_requested());
  EXPECT_TRUE(called);
}

TEST_F(Context, a_stop_token_that_is_asked_for_after_the_request_says_so) {
  std::optional<std::stop_token> token;
  auto handle = runtime->spawn(keep_token(token, gate));
  handle.cancel();
  turn();
  ASSERT_TRUE(token);
  EXPECT_TRUE(token->stop_requested());
}

Task<std::stop_token> token_of_child() {
  co_return (co_await this_task()).stop_token();
}
Task<> compare_tokens(bool& equal) {
  const auto own = (co_await this_task()).stop_token();
  const auto inner = co_await token_of_child();
  equal = own == inner;
}
TEST_F(Context, a_task_that_is_awaited_has_the_token_of_the_task_that_awaits_it) {
  bool equal = false;
  runtime->spawn(compare_tokens(equal));
  turn();
  EXPECT_TRUE(equal);
}

Task<> stop_itself(JoinHandle<>& self, Gate& gate, sys::Result<int>& result) {
  self.cancel();
  result = co_await std::move(gate);
}
TEST_F(Context, a_task_may_ask_itself_to_stop) {
  JoinHandle<> handle;
  handle = runtime->spawn(stop_itself(handle, gate, result));
  turn();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}

TEST(ContextAlone, spends_its_budget_anew_in_each_turn) {
  TaskContext context;
  EXPECT_FALSE(context.consume_budget()) << "nothing to spend outside of its turn";
  context.run();
  int spent = 0;
  while (context.consume_budget()) ++spent;
  EXPECT_GT(spent, 10);
  EXPECT_FALSE(context.consume_budget());
  context.run();
  EXPECT_TRUE(context.consume_budget());
}

}  // namespace
}  // namespace async::testing
