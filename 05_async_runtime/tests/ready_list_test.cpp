#include "async/core/ready_list.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "testing.hpp"

namespace {

using async::Task;
using async::testing::Gate;

Task<> note(std::string& log, char name) {
  log += name;
  co_return;
}

TEST(ReadyList, lets_go_on_in_the_order_of_arrival) {
  auto runtime = async::Runtime::create().value();
  std::string log;
  for (const char name : {'a', 'b', 'c'}) runtime->spawn(note(log, name));
  EXPECT_EQ(runtime->run_ready(10), 3U);
  EXPECT_EQ(log, "abc");
  EXPECT_TRUE(!runtime->has_ready_task());
}

TEST(ReadyList, lets_no_more_go_on_than_the_budget_and_the_others_keep_their_places) {
  auto runtime = async::Runtime::create().value();
  std::string log;
  for (const char name : {'a', 'b', 'c'}) runtime->spawn(note(log, name));
  EXPECT_EQ(runtime->run_ready(2), 2U);
  EXPECT_EQ(log, "ab");
  runtime->spawn(note(log, 'd'));
  EXPECT_FALSE(!runtime->has_ready_task());
  EXPECT_EQ(runtime->run_ready(2), 1U) << "first the rest of the snapshot, and only that";
  EXPECT_EQ(runtime->run_ready(2), 1U);
  EXPECT_EQ(log, "abcd");
}

Task<> yield_for_ever(int& count) {
  while (auto went_on = co_await async::yield()) ++count;
}
TEST(ReadyList, who_becomes_ready_meanwhile_waits_for_the_next_snapshot) {
  auto runtime = async::Runtime::create().value();
  int count = 0;
  runtime->spawn(yield_for_ever(count));
  EXPECT_EQ(runtime->run_ready(1000), 1U);
  EXPECT_EQ(runtime->run_ready(1000), 1U);
  EXPECT_EQ(count, 1);
}

TEST(ReadyList, an_empty_one_lets_nobody_go_on) {
  async::ReadyList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.run(10), 0U);
}

Task<> await_it(std::optional<Gate>& gate, bool& went_on) {
  Gate& named = *gate;  // g++ 12 would copy what `co_await *gate` refers to
  (void)co_await std::move(named);
  went_on = true;
}
Task<> destroy(std::optional<Gate>& gate) {
  gate.reset();
  co_return;
}
TEST(ReadyList, a_waiter_that_is_destroyed_by_one_before_it_is_no_longer_there) {
  std::optional<Gate> gate(std::in_place);
  bool went_on = false;
  auto runtime = async::Runtime::create().value();
  runtime->spawn(await_it(gate, went_on));
  runtime->run_ready(1);
  runtime->spawn(destroy(gate));
  gate->is_open = true;
  gate->wake();  // now both are ready
  EXPECT_EQ(runtime->run_ready(10), 1U);
  EXPECT_TRUE(!runtime->has_ready_task());
  EXPECT_FALSE(went_on);
}

}  // namespace
