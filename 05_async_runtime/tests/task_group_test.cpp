#include "async/sync/task_group.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "testing.hpp"

namespace {

using async::CancelRest;
using async::Task;
using async::TaskGroup;
using async::testing::Alive;
using async::testing::Gate;
using async::testing::pass;
using async::testing::turns;

Task<> note(int& count) {
  ++count;
  co_return;
}
Task<sys::Result<>> end_with(std::error_code error) {
  if (error) co_return sys::failure(error);
  co_return sys::Result<>();
}
Task<int> throw_it() {
  throw std::runtime_error("member");
  co_return 0;
}

Task<> join_three() {
  TaskGroup group;
  int count = 0;
  for (int i = 0; i < 3; ++i) group.spawn(note(count));
  EXPECT_FALSE(group.is_empty());
  const auto joined = co_await group.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(count, 3);
  EXPECT_TRUE(group.is_empty());
}
TEST(TaskGroup, join_waits_for_all) {
  async::block_on(join_three());
}

Task<> join_none() {
  TaskGroup group;
  const auto joined = co_await group.join();
  EXPECT_TRUE(joined);
}
TEST(TaskGroup, join_of_an_empty_one_does_not_wait) {
  auto runtime = async::Runtime::create().value();
  runtime->spawn(join_none());
  runtime->run_ready(1);
  EXPECT_EQ(runtime->tasks(), 0U);
}

Task<> error_cancels() {
  TaskGroup group;
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
  group.spawn(pass(gate, result, times));
  group.spawn(end_with(sys::error_code(EPIPE)));
  const auto joined = co_await group.join();
  EXPECT_EQ(joined.error(), std::errc::broken_pipe);
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}
TEST(TaskGroup, a_member_that_returns_an_error_cancels_the_others_and_join_tells_it) {
  async::block_on(error_cancels());
}

Task<> exception_cancels() {
  TaskGroup group;
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
  group.spawn(pass(gate, result, times));
  group.spawn(throw_it());
  std::string text;
  try {
    (void)co_await group.join();
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  EXPECT_EQ(text, "member");
  EXPECT_EQ(times, 1) << "all are over when join throws";
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}
TEST(TaskGroup, a_member_that_throws_cancels_the_others_and_join_throws) {
  async::block_on(exception_cancels());
}

Task<> first_failure() {
  TaskGroup group;
  group.spawn(end_with(sys::error_code(EPIPE)));
  group.spawn(end_with(sys::error_code(EIO)));
  const auto joined = co_await group.join();
  EXPECT_EQ(joined.error(), std::errc::broken_pipe);
}
TEST(TaskGroup, join_tells_the_first_failure) {
  async::block_on(first_failure());
}

Task<sys::Result<>> wait_at(Gate& gate) {
  const auto passed = co_await std::move(gate);
  if (!passed) co_return sys::failure(passed.error());
  co_return sys::Result<>();
}
Task<> cancel_by_hand() {
  TaskGroup group;
  Gate gate;
  group.spawn(wait_at(gate));
  co_await turns(2);
  group.cancel();
  group.spawn(wait_at(gate));
  const auto joined = co_await group.join();
  EXPECT_TRUE(joined) << "who cancels a group has asked for this";
}
TEST(TaskGroup, cancel_reaches_all_members_and_those_who_come_later) {
  async::block_on(cancel_by_hand());
}

Task<> own_group(Gate& gate, sys::Result<>& joined) {
  TaskGroup group;
  group.spawn(wait_at(gate));
  joined = co_await group.join();
  EXPECT_TRUE(group.is_empty());
}
Task<> cancel_the_joiner() {
  Gate gate;
  sys::Result<> joined;
  auto owner = async::spawn(own_group(gate, joined));
  co_await turns(2);
  owner.cancel();
  const auto over = co_await owner.join();
  EXPECT_TRUE(over);
  EXPECT_EQ(joined.error(), std::errc::operation_canceled);
  EXPECT_EQ(gate.attempts, 2) << "once when it began, once when it was cancelled";
}
TEST(TaskGroup, cancelling_the_one_who_joins_cancels_the_members_and_waits_for_them) {
  async::block_on(cancel_the_joiner());
}

// A member that takes its time to stop.
Task<> slow_to_stop(Gate& gate, bool& over) {
  (void)co_await std::move(gate);
  co_await turns(5);
  over = true;
}
Task<> owner_of_slow(Gate& gate, bool& over) {
  TaskGroup group;
  group.spawn(slow_to_stop(gate, over));
  (void)co_await group.join();
  EXPECT_TRUE(over) << "join has returned before its member was over";
}
Task<> cancel_owner_of_slow() {
  Gate gate;
  bool over = false;
  auto owner = async::spawn(owner_of_slow(gate, over));
  co_await turns(2);
  owner.cancel();
  (void)co_await owner.join();
  EXPECT_TRUE(over);
}
TEST(TaskGroup, join_waits_for_members_that_are_slow_to_stop) {
  async::block_on(cancel_owner_of_slow());
}

Task<> already_stopped(Gate& gate, sys::Result<>& joined, async::JoinHandle<>& self) {
  TaskGroup group;
  group.spawn(wait_at(gate));
  self.cancel();
  joined = co_await group.join();
}
Task<> stop_before_join() {
  Gate gate;
  sys::Result<> joined;
  async::JoinHandle<> owner;
  owner = async::spawn(already_stopped(gate, joined, owner));
  (void)co_await owner.join();
  EXPECT_EQ(joined.error(), std::errc::operation_canceled);
}
TEST(TaskGroup, a_task_that_was_asked_to_stop_still_joins_its_members) {
  async::block_on(stop_before_join());
}

Task<> throwing_body() {
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
  bool caught = false;
  const auto body = [&](TaskGroup& group) -> Task<> {
    group.spawn(pass(gate, result, times));
    co_await turns(2);
    throw std::runtime_error("body");
  };
  try {
    (void)co_await async::with_group(body);
  } catch (const std::runtime_error&) {
    caught = true;
  }
  EXPECT_TRUE(caught);
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}
TEST(TaskGroup, with_group_joins_even_if_its_body_throws) {
  async::block_on(throwing_body());
}

// Reads what lives in its owner's frame, to the very end.
class ReadsAtTheEnd {
 public:
  explicit ReadsAtTheEnd(const std::string& text) : text_(text) {}
  ~ReadsAtTheEnd() { EXPECT_EQ(text_, "owner"); }

 private:
  const std::string& text_;
};
Task<> use_the_owner(const std::string& text, Gate& gate) {
  const ReadsAtTheEnd local(text);
  (void)co_await std::move(gate);
}
Task<> owner_with_local(Gate& gate, int& alive) {
  const std::string text = "owner";
  const Alive local(alive);
  TaskGroup group;
  group.spawn(use_the_owner(text, gate));
  (void)co_await group.join();
}
TEST(TaskGroup, a_runtime_that_is_destroyed_destroys_the_members_before_their_owner) {
  Gate gate;
  int alive = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(owner_with_local(gate, alive));
    runtime->block_on(turns(3));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

Task<> group_of_two_joiners(TaskGroup& group, sys::Result<>& joined) {
  joined = co_await group.join();
}
Task<> join_twice() {
  TaskGroup group;
  Gate gate;
  group.spawn(wait_at(gate));
  sys::Result<> first;
  auto one = async::spawn(group_of_two_joiners(group, first));
  co_await turns(1);
  const auto refused = co_await group.join();
  EXPECT_EQ(refused.error(), async::Errc::already_waiting);
  group.cancel();
  (void)co_await one.join();
  EXPECT_TRUE(first);
}
TEST(TaskGroup, a_second_joiner_gets_an_error) {
  async::block_on(join_twice());
}

Task<> join_by_name() {
  TaskGroup group;
  group.spawn(turns(2));
  auto named = group.join();
  (void)co_await std::move(named);
  group.spawn(turns(2));
  const auto again = co_await group.join();
  EXPECT_TRUE(again) << again.error().message();
  (void)co_await group.join();
}
TEST(TaskGroup, a_join_that_has_a_name_gives_its_place_back_when_it_is_over) {
  async::block_on(join_by_name());
}

Task<> forget_to_join(Gate& gate) {
  TaskGroup group;
  group.spawn(wait_at(gate));
  co_return;
}
TEST(TaskGroupDeathTest, a_group_that_goes_with_tasks_in_it_ends_the_program_with_a_word) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Gate gate;
        async::block_on(forget_to_join(gate));
      },
      "co_await its join");
}

Task<> throw_after(async::Event& event, const char* what) {
  (void)co_await event.wait();
  throw std::runtime_error(what);
}
Task<> three_exceptions(std::vector<std::string>& told) {
  async::Event event;
  TaskGroup group;
  for (const char* const what : {"first", "second", "third"}) group.spawn(throw_after(event, what));
  co_await turns(1);
  event.set();
  try {
    (void)co_await group.join();
  } catch (const std::runtime_error& error) {
    told.push_back(std::string("thrown: ") + error.what());
  }
}
TEST(TaskGroup, exceptions_behind_the_first_are_reported) {
  std::vector<std::string> told;
  auto runtime = async::Runtime::create().value();
  runtime->on_unjoined_exception([&](const async::TaskContext&, std::exception_ptr exception) {
    try {
      std::rethrow_exception(std::move(exception));
    } catch (const std::runtime_error& error) {
      told.push_back(std::string("reported: ") + error.what());
    }
  });
  runtime->block_on(three_exceptions(told));
  EXPECT_EQ(told,
            (std::vector<std::string>{"reported: second", "reported: third", "thrown: first"}));
}

Task<> join_own_group(TaskGroup& group, std::error_code& error) {
  const auto joined = co_await group.join();
  error = joined ? std::error_code() : joined.error();
}
Task<> member_joins() {
  std::error_code error;
  TaskGroup group;
  group.spawn(join_own_group(group, error));
  co_await turns(2);
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
  const auto joined = co_await group.join();
  EXPECT_TRUE(joined) << "its place at the group is free";
}
TEST(TaskGroup, a_member_that_joins_its_group_is_told_of_the_deadlock) {
  async::block_on(member_joins());
}

struct Room {
  TaskGroup guests;
};
Task<> guest(std::shared_ptr<Room>) {
  (void)co_await async::yield();
}
Task<> room_of_its_guests() {
  auto room = std::make_shared<Room>();
  room->guests.spawn(guest(room));
  room.reset();
  co_await turns(4);
}
TEST(TaskGroupDeathTest, a_group_that_its_own_last_task_destroys_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(async::block_on(room_of_its_guests()), "destroyed by the last of its own tasks");
}

}  // namespace
