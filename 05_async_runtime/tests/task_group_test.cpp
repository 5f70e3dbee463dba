#include "async/sync/task_group.hpp"

#include "testing.hpp"

namespace async::testing::task_group_test {

// A group, and a member that waits at a gate until it is cancelled.
class TaskGroup : public WithRuntime {
 protected:
  auto waiting() { return pass(gate, result, times); }
  // All are over when a join has told of a failure.
  void expect_cancelled() const {
    EXPECT_EQ(times, 1);
    EXPECT_EQ(result.error(), std::errc::operation_canceled);
  }

  async::TaskGroup group;
  sys::Result<int> result = 0;
  int times = 0;
};

Task<sys::Result<>> end_with(int error) {
  co_return sys::failure(error);
}

ASYNC_TEST_F(TaskGroup, join_waits_for_all) {
  for (int i = 0; i < 3; ++i) group.spawn(increment(count));
  EXPECT_FALSE(group.is_empty());
  EXPECT_TRUE(co_await group.join());
  EXPECT_EQ(count, 3);
  EXPECT_TRUE(group.is_empty());
}

TEST_F(TaskGroup, join_of_an_empty_one_does_not_wait) {
  auto joining = runtime->spawn(group.join());
  runtime->run_ready(1);
  EXPECT_TRUE(joining.done());
}

ASYNC_TEST_F(TaskGroup, a_member_that_returns_an_error_cancels_the_others_and_join_returns_it) {
  group.spawn(waiting());
  group.spawn(end_with(EPIPE));
  EXPECT_EQ((co_await group.join()).error(), std::errc::broken_pipe);
  expect_cancelled();
}

ASYNC_TEST_F(TaskGroup, a_member_that_throws_cancels_the_others_and_join_throws) {
  group.spawn(waiting());
  group.spawn(throws("member"));
  EXPECT_EQ(co_await thrown_in(group.join()), "member");
  expect_cancelled();
}

ASYNC_TEST_F(TaskGroup, join_returns_the_first_failure) {
  group.spawn(end_with(EPIPE));
  group.spawn(end_with(EIO));
  EXPECT_EQ((co_await group.join()).error(), std::errc::broken_pipe);
}

ASYNC_TEST_F(TaskGroup, cancel_reaches_all_members_and_those_that_come_later) {
  group.spawn(pass(gate));
  co_await turns(2);
  group.cancel();
  group.spawn(pass(gate));
  EXPECT_TRUE(co_await group.join()) << "this is what cancelling a group asks for";
}

ASYNC_TEST_F(TaskGroup, cancelling_the_joiner_cancels_the_members_and_waits_for_them) {
  group.spawn(pass(gate));
  auto joiner = co_await started(group.join());
  EXPECT_EQ((co_await cancelled(joiner)).error(), std::errc::operation_canceled);
  EXPECT_TRUE(group.is_empty());
  EXPECT_EQ(gate.attempts, 2) << "once when it began, once when it was cancelled";
}

ASYNC_TEST_F(TaskGroup, join_waits_for_members_that_are_slow_to_stop) {
  bool over = false;
  group.spawn(slow_to_stop(gate, over));
  auto joiner = co_await started(group.join());
  (void)co_await cancelled(joiner);
  EXPECT_TRUE(over) << "join has returned before its member was over";
}

ASYNC_TEST_F(TaskGroup, a_task_that_was_asked_to_stop_still_joins_its_members) {
  JoinHandle<sys::Result<>> owner;
  const auto stop_and_join = [&]() -> Task<sys::Result<>> {
    group.spawn(pass(gate));
    owner.cancel();
    co_return co_await group.join();
  };
  owner = spawn(stop_and_join());
  EXPECT_EQ((co_await owner.join()).error(), std::errc::operation_canceled);
}

ASYNC_TEST_F(TaskGroup, with_group_joins_even_if_its_body_throws) {
  const auto body = [this](async::TaskGroup& members) -> Task<> {
    members.spawn(waiting());
    co_await turns(2);
    throw std::runtime_error("body");
  };
  EXPECT_EQ(co_await thrown_in(with_group(body)), "body");
  expect_cancelled();
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
Task<> owner_with_local(Gate& gate) {
  const std::string text = "owner";
  async::TaskGroup group;
  group.spawn(use_the_owner(text, gate));
  (void)co_await group.join();
}
TEST_F(TaskGroup, a_runtime_that_is_destroyed_destroys_the_members_before_their_owner) {
  (void)started(*runtime, hold(alive, owner_with_local(gate)), 3);
  EXPECT_EQ(alive, 1);
  runtime.reset();
  EXPECT_EQ(alive, 0);
}

ASYNC_TEST_F(TaskGroup, a_second_joiner_gets_an_error) {
  group.spawn(pass(gate));
  auto one = co_await started(group.join(), 1);
  EXPECT_EQ((co_await group.join()).error(), Errc::already_waiting);
  group.cancel();
  EXPECT_TRUE(co_await one.join());
}

ASYNC_TEST_F(TaskGroup, a_join_that_has_a_name_gives_its_place_back_when_it_is_over) {
  group.spawn(turns(2));
  auto named = group.join();
  (void)co_await std::move(named);
  group.spawn(turns(2));
  EXPECT_TRUE(co_await group.join());
}

Task<> forget_to_join(Gate& gate) {
  async::TaskGroup group;
  group.spawn(pass(gate));
  co_return;
}
TEST(TaskGroupDeathTest,
     a_group_that_is_destroyed_with_tasks_in_it_ends_the_program_with_a_message) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Gate gate;
  EXPECT_DEATH(block_on(forget_to_join(gate)), "co_await its join");
}

Task<> throw_after(Event& event, const char* what) {
  (void)co_await event.wait();
  throw std::runtime_error(what);
}
ASYNC_TEST_F(TaskGroup, exceptions_after_the_first_are_reported) {
  std::vector<std::string> told;
  Runtime::here().on_unjoined_exception([&](const TaskContext&, std::exception_ptr exception) {
    told.push_back("reported: " + thrown_by([&] { std::rethrow_exception(exception); }));
  });
  Event event;
  for (const char* const what : {"first", "second", "third"}) group.spawn(throw_after(event, what));
  co_await turns(1);
  event.set();
  told.push_back("thrown: " + co_await thrown_in(group.join()));
  EXPECT_EQ(told,
            (std::vector<std::string>{"reported: second", "reported: third", "thrown: first"}));
}

ASYNC_TEST_F(TaskGroup, a_member_that_joins_its_group_gets_edeadlk) {
  std::error_code error;
  const auto join = [&]() -> Task<> { error = error_of(co_await group.join()); };
  group.spawn(join());
  co_await turns(2);
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
  EXPECT_TRUE(co_await group.join()) << "its place at the group is free";
}

struct Room {
  async::TaskGroup guests;
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
Task<> sleeping_guest(std::shared_ptr<Room>) {
  (void)co_await sleep_for(1h);
}
Task<> guest_of_two_frames(std::shared_ptr<Room> room) {
  co_await sleeping_guest(std::move(room));
}
Task<> room_of_sleepers(Task<> (*guest)(std::shared_ptr<Room>)) {
  auto room = std::make_shared<Room>();
  room->guests.spawn(guest(room));
  co_return;
}
TEST(GroupOfItsMember, is_destroyed_with_the_runtime) {
  for (auto* const guest : {sleeping_guest, guest_of_two_frames}) {
    const auto runtime = Runtime::create().value();
    runtime->block_on(room_of_sleepers(guest));
    runtime->block_on(turns(2));
    EXPECT_EQ(runtime->tasks(), 1U);
  }
}
TEST(TaskGroupDeathTest, a_group_that_its_own_last_task_destroys_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(block_on(room_of_its_guests()), "destroyed by the last of its own tasks");
}

}  // namespace async::testing::task_group_test
