#include "async/sync/task_group.hpp"

#include "testing.hpp"

namespace async::testing {
namespace {

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

ASYNC_TEST(TaskGroup, join_waits_for_all) {
  TaskGroup group;
  int count = 0;
  for (int i = 0; i < 3; ++i) group.spawn(note(count));
  EXPECT_FALSE(group.is_empty());
  EXPECT_TRUE(co_await group.join());
  EXPECT_EQ(count, 3);
  EXPECT_TRUE(group.is_empty());
}

Task<> join_none() {
  TaskGroup group;
  EXPECT_TRUE(co_await group.join());
}
TEST(TaskGroup, join_of_an_empty_one_does_not_wait) {
  auto runtime = Runtime::create().value();
  runtime->spawn(join_none());
  runtime->run_ready(1);
  EXPECT_EQ(runtime->tasks(), 0U);
}

ASYNC_TEST(TaskGroup, a_member_that_returns_an_error_cancels_the_others_and_join_tells_it) {
  TaskGroup group;
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
  group.spawn(pass(gate, result, times));
  group.spawn(end_with(sys::error_code(EPIPE)));
  EXPECT_EQ((co_await group.join()).error(), std::errc::broken_pipe);
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}

ASYNC_TEST(TaskGroup, a_member_that_throws_cancels_the_others_and_join_throws) {
  TaskGroup group;
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
  group.spawn(pass(gate, result, times));
  group.spawn(throw_it());
  EXPECT_EQ(co_await thrown_in(group.join()), "member");
  EXPECT_EQ(times, 1) << "all are over when join throws";
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}

ASYNC_TEST(TaskGroup, join_tells_the_first_failure) {
  TaskGroup group;
  group.spawn(end_with(sys::error_code(EPIPE)));
  group.spawn(end_with(sys::error_code(EIO)));
  EXPECT_EQ((co_await group.join()).error(), std::errc::broken_pipe);
}

ASYNC_TEST(TaskGroup, cancel_reaches_all_members_and_those_that_come_later) {
  TaskGroup group;
  Gate gate;
  group.spawn(pass(gate));
  co_await turns(2);
  group.cancel();
  group.spawn(pass(gate));
  EXPECT_TRUE(co_await group.join()) << "this is what cancelling a group asks for";
}

Task<sys::Result<>> own_group(Gate& gate) {
  TaskGroup group;
  group.spawn(pass(gate));
  const auto joined = co_await group.join();
  EXPECT_TRUE(group.is_empty());
  co_return joined;
}
ASYNC_TEST(TaskGroup, cancelling_the_joiner_cancels_the_members_and_waits_for_them) {
  Gate gate;
  auto owner = co_await started(own_group(gate));
  EXPECT_EQ((co_await cancelled(owner)).error(), std::errc::operation_canceled);
  EXPECT_EQ(gate.attempts, 2) << "once when it began, once when it was cancelled";
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
ASYNC_TEST(TaskGroup, join_waits_for_members_that_are_slow_to_stop) {
  Gate gate;
  bool over = false;
  auto owner = co_await started(owner_of_slow(gate, over));
  (void)co_await cancelled(owner);
  EXPECT_TRUE(over);
}

ASYNC_TEST(TaskGroup, a_task_that_was_asked_to_stop_still_joins_its_members) {
  Gate gate;
  JoinHandle<sys::Result<>> owner;
  const auto stop_and_join = [&]() -> Task<sys::Result<>> {
    TaskGroup group;
    group.spawn(pass(gate));
    owner.cancel();
    co_return co_await group.join();
  };
  owner = spawn(stop_and_join());
  EXPECT_EQ((co_await owner.join()).error(), std::errc::operation_canceled);
}

ASYNC_TEST(TaskGroup, with_group_joins_even_if_its_body_throws) {
  Gate gate;
  sys::Result<int> result = 0;
  int times = 0;
  const auto body = [&](TaskGroup& group) -> Task<> {
    group.spawn(pass(gate, result, times));
    co_await turns(2);
    throw std::runtime_error("body");
  };
  EXPECT_NE(co_await thrown_in(with_group(body)), "");
  EXPECT_EQ(times, 1);
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
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
    auto runtime = Runtime::create().value();
    runtime->spawn(owner_with_local(gate, alive));
    runtime->block_on(turns(3));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

ASYNC_TEST(TaskGroup, a_second_joiner_gets_an_error) {
  TaskGroup group;
  Gate gate;
  group.spawn(pass(gate));
  auto one = co_await started(group.join(), 1);
  EXPECT_EQ((co_await group.join()).error(), Errc::already_waiting);
  group.cancel();
  EXPECT_TRUE(co_await one.join());
}

ASYNC_TEST(TaskGroup, a_join_that_has_a_name_gives_its_place_back_when_it_is_over) {
  TaskGroup group;
  group.spawn(turns(2));
  auto named = group.join();
  (void)co_await std::move(named);
  group.spawn(turns(2));
  const auto again = co_await group.join();
  EXPECT_TRUE(again) << again.error().message();
  (void)co_await group.join();
}

Task<> forget_to_join(Gate& gate) {
  TaskGroup group;
  group.spawn(pass(gate));
  co_return;
}
TEST(TaskGroupDeathTest, a_group_that_goes_with_tasks_in_it_ends_the_program_with_a_word) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Gate gate;
        block_on(forget_to_join(gate));
      },
      "co_await its join");
}

Task<> throw_after(Event& event, const char* what) {
  (void)co_await event.wait();
  throw std::runtime_error(what);
}
Task<> three_exceptions(std::vector<std::string>& told) {
  Event event;
  TaskGroup group;
  for (const char* const what : {"first", "second", "third"}) group.spawn(throw_after(event, what));
  co_await turns(1);
  event.set();
  told.push_back("thrown: " + co_await thrown_in(group.join()));
}
TEST(TaskGroup, exceptions_behind_the_first_are_reported) {
  std::vector<std::string> told;
  auto runtime = Runtime::create().value();
  runtime->on_unjoined_exception([&](const TaskContext&, std::exception_ptr exception) {
    told.push_back("reported: " + thrown_by([&] { std::rethrow_exception(exception); }));
  });
  runtime->block_on(three_exceptions(told));
  EXPECT_EQ(told,
            (std::vector<std::string>{"reported: second", "reported: third", "thrown: first"}));
}

ASYNC_TEST(TaskGroup, a_member_that_joins_its_group_is_told_of_the_deadlock) {
  std::error_code error;
  TaskGroup group;
  const auto join = [&]() -> Task<> { error = error_of(co_await group.join()); };
  group.spawn(join());
  co_await turns(2);
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
  EXPECT_TRUE(co_await group.join()) << "its place at the group is free";
}

struct Room {
  TaskGroup guests;
};
Task<> guest(std::shared_ptr<Room>) {
  (void)co_await yield();
}
Task<> room_of_its_guests() {
  auto room = std::make_shared<Room>();
  room->guests.spawn(guest(room));
  room.reset();
  co_await turns(4);
}
TEST(TaskGroupDeathTest, a_group_that_its_own_last_task_destroys_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(block_on(room_of_its_guests()), "destroyed by the last of its own tasks");
}

}  // namespace
}  // namespace async::testing
