// How tasks wait and take turns: the ready list, the hooks that it is made of, waiters, and what a task
// knows of itself.
#include <fcntl.h>

#include "async/core/intrusive_list.hpp"
#include "async/core/ready_list.hpp"
#include "async/core/this_task.hpp"
#include "async/core/waiter.hpp"
#include "testing.hpp"

namespace async::testing::ready_list_test {

class ReadyTasks : public WithRuntime {
 protected:
  void start(std::string_view names) {
    for (const char name : names) runtime->spawn(append(log, name));
  }
  std::string log;
};
using ReadyList = ReadyTasks;
using ThisTask = ReadyTasks;

TEST_F(ReadyList, resumes_in_the_order_of_arrival) {
  start("abc");
  EXPECT_EQ(runtime->run_ready(10), 3U);
  EXPECT_EQ(log, "abc");
  EXPECT_FALSE(runtime->has_ready_task());
}

TEST_F(ReadyList, resumes_no_more_than_the_budget_and_the_others_keep_their_places) {
  start("abc");
  EXPECT_EQ(runtime->run_ready(2), 2U);
  EXPECT_EQ(log, "ab");
  start("d");
  EXPECT_TRUE(runtime->has_ready_task());
  EXPECT_EQ(runtime->run_ready(2), 1U) << "first the rest of the snapshot, and only that";
  EXPECT_EQ(runtime->run_ready(2), 1U);
  EXPECT_EQ(log, "abcd");
}

Task<> yield_for_long() {
  for (int i = 0; i < 1'000'000; ++i) (void)co_await yield();
}
TEST_F(ReadyList, a_waiter_that_becomes_ready_meanwhile_waits_for_the_next_snapshot) {
  auto yielding = runtime->spawn(yield_for_long());
  EXPECT_EQ(runtime->run_ready(1000), 1U);
  EXPECT_EQ(runtime->run_ready(1000), 1U);
  EXPECT_FALSE(yielding.done());
}

TEST_F(ReadyList, an_empty_one_resumes_no_task) {
  async::ReadyList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.run(10), 0U);
}

TEST_F(ReadyList, a_waiter_that_is_destroyed_by_one_before_it_is_no_longer_there) {
  std::optional<Gate> own(std::in_place);
  auto waiting = started(*runtime, pass(*own));
  runtime->spawn(task_of([&] { own.reset(); }));
  own->open();  // now both are ready
  EXPECT_EQ(runtime->run_ready(10), 1U);
  EXPECT_FALSE(runtime->has_ready_task());
  EXPECT_FALSE(waiting.done());
}

// A task that waits at a gate, and how far it has come.
class Waiter : public WithRuntime {
 protected:
  void spawn_it() { handle = runtime->spawn(pass(gate, result, times)); }
  void start() {
    spawn_it();
    turn();
  }
  void turn() { runtime->run_ready(100); }
  // The task has ended, once, with `expected`.
  void expect_end(const sys::Result<int>& expected) const {
    EXPECT_EQ(times, 1);
    EXPECT_EQ(result, expected);
  }

  sys::Result<int> result = 0;
  int times = 0;
  JoinHandle<> handle;
};

TEST_F(Waiter, an_operation_that_is_done_at_once_does_not_suspend) {
  gate.is_open = true;
  start();
  expect_end(7);
  EXPECT_EQ(gate.attempts, 1);
}

TEST_F(Waiter, waits_until_it_is_woken_and_then_tries_again) {
  start();
  turn();
  EXPECT_EQ(times, 0);
  gate.is_open = true;
  turn();
  EXPECT_EQ(times, 0) << "it has not been woken";
  gate.wake();
  EXPECT_EQ(times, 0) << "waking only moves it to the ready list";
  turn();
  expect_end(7);
}

TEST_F(Waiter, woken_twice_it_is_resumed_once) {
  start();
  gate.open();
  gate.wake();
  turn();
  gate.wake();
  turn();
  EXPECT_EQ(times, 1);
}

TEST_F(Waiter, woken_for_nothing_it_parks_again_and_that_is_counted) {
  start();
  gate.wake();
  turn();
  EXPECT_EQ(times, 0);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 1U);
  gate.open();
  turn();
  EXPECT_EQ(times, 1);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 1U);
}

TEST_F(Waiter, that_cannot_park_is_over_with_the_reason) {
  gate.can_park = false;
  start();
  expect_end(sys::failure(std::errc::permission_denied));
}

TEST_F(Waiter, that_cannot_park_again_is_over_with_the_reason) {
  start();
  gate.can_park = false;
  gate.wake();
  turn();
  expect_end(sys::failure(std::errc::permission_denied));
}

TEST_F(Waiter, ends_as_cancelled_when_its_task_is_asked_to_stop) {
  start();
  handle.cancel();
  handle.cancel();
  EXPECT_EQ(times, 0) << "cancelling resumes no task";
  turn();
  expect_end(sys::failure(std::errc::operation_canceled));
}

TEST_F(Waiter, that_begins_after_the_request_ends_as_cancelled_without_an_attempt) {
  gate.is_open = true;
  spawn_it();
  handle.cancel();
  turn();
  expect_end(sys::failure(std::errc::operation_canceled));
  EXPECT_EQ(gate.attempts, 0);
}

TEST_F(Waiter, that_a_request_to_stop_does_not_end_waits_on_and_was_not_woken_for_nothing) {
  gate.can_stop = false;
  start();
  handle.cancel();
  turn();
  EXPECT_EQ(times, 0);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U);
  gate.open();
  turn();
  expect_end(7);
}

TEST_F(Waiter, woken_and_then_cancelled_in_one_turn_it_ends_with_its_result) {
  start();
  gate.open();
  handle.cancel();
  turn();
  expect_end(7);
}

TEST_F(Waiter, cancelled_and_then_woken_in_one_turn_it_ends_with_its_result) {
  start();
  handle.cancel();
  gate.open();
  turn();
  expect_end(7);
}

TEST_F(Waiter, destroyed_while_it_is_parked_its_task_is_never_resumed) {
  std::optional<Gate> own(std::in_place);
  handle = runtime->spawn(pass(*own, result, times));
  turn();
  own.reset();
  handle.cancel();
  turn();
  EXPECT_EQ(times, 0);
}

TEST_F(Waiter, outlives_the_coroutine_that_awaited_it_and_wakes_none_then) {
  start();
  runtime.reset();
  gate.wake();
  EXPECT_EQ(times, 0);
}

TEST_F(Waiter, an_attempt_that_throws_throws_from_the_co_await) {
  gate.attempt_throws = true;
  auto text = runtime->spawn(thrown_in(pass(gate)));
  turn();
  EXPECT_EQ(runtime->block_on(text.join()), "attempt");
}

TEST_F(Waiter, an_attempt_that_throws_in_a_later_turn_throws_from_the_co_await_too) {
  auto text = runtime->spawn(thrown_in(pass(gate)));
  turn();
  gate.attempt_throws = true;
  gate.wake();
  EXPECT_NO_THROW(turn());
  EXPECT_EQ(runtime->block_on(text.join()), "attempt");
}

Task<> never_waits(int& count, const bool& enough) {
  while (!enough) {
    Gate open;
    open.is_open = true;
    (void)co_await std::move(open);
    ++count;
  }
}
TEST_F(Waiter, a_task_whose_operations_never_wait_still_lets_others_have_their_turn) {
  bool enough = false;
  runtime->spawn(never_waits(count, enough));
  runtime->spawn(task_of([&] { enough = true; }));
  turn();
  EXPECT_GT(count, 10) << "but not after each of them";
  turn();
  EXPECT_TRUE(enough);
  EXPECT_EQ(runtime->tasks(), 0U);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U);
}

TEST_F(ReadyList, is_empty_only_when_none_of_its_three_lists_holds_a_task) {
  start("ab");
  EXPECT_TRUE(runtime->has_ready_task()) << "they have arrived";
  runtime->run_ready(1);
  EXPECT_TRUE(runtime->has_ready_task()) << "the rest of the snapshot";
  runtime->run_ready(1);
  EXPECT_FALSE(runtime->has_ready_task());
  bool enough = false;
  runtime->spawn(never_waits(count, enough));
  runtime->run_ready(1);
  EXPECT_TRUE(runtime->has_ready_task()) << "its budget is spent, and it is deferred";
  enough = true;
  runtime->run_ready(1);
  EXPECT_FALSE(runtime->has_ready_task());
}

class Guest : public ListHook {
 public:
  explicit Guest(char given) : name(given) {}
  char name;
};

class GuestLists : public ::testing::Test {
 protected:
  using List = IntrusiveList<Guest>;
  static std::string names(const List& list) {
    std::string text;
    for (const Guest& guest : list) text += guest.name;
    return text;
  }
  static void push(List& list, std::initializer_list<Guest*> guests) {
    for (Guest* const guest : guests) list.push_back(*guest);
  }
  Guest a{'a'}, b{'b'}, c{'c'};
  List first, second;
};
using ListHook = GuestLists;

TEST_F(ListHook, those_in_a_list_come_out_in_the_order_in_which_they_went_in) {
  push(first, {&a, &b, &c});
  EXPECT_EQ(names(first), "abc");
  EXPECT_EQ(first.back(), &c);
  EXPECT_EQ(first.pop_front(), &a);
  EXPECT_FALSE(a.is_linked());
  EXPECT_EQ(names(first), "bc");
}

TEST_F(ListHook, an_empty_list_gives_null) {
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(first.front(), nullptr);
  EXPECT_EQ(first.back(), nullptr);
  EXPECT_EQ(first.pop_front(), nullptr);
}

TEST_F(ListHook, one_that_is_destroyed_is_no_longer_in_its_list) {
  std::optional<Guest> gone('x');
  push(first, {&a, &*gone, &c});
  gone.reset();
  EXPECT_EQ(names(first), "ac");
}

TEST_F(ListHook, one_that_joins_another_list_leaves_the_first) {
  push(first, {&a, &b});
  push(second, {&a});
  EXPECT_EQ(names(first), "b");
  EXPECT_EQ(names(second), "a");
  push(second, {&a});
  EXPECT_EQ(names(second), "a") << "joining again is moving to the end";
}

TEST_F(ListHook, leaving_twice_is_leaving_once) {
  a.unlink();
  push(first, {&a});
  a.unlink();
  a.unlink();
  EXPECT_TRUE(first.empty());
}

TEST_F(ListHook, a_list_that_is_destroyed_leaves_its_members_in_none) {
  {
    List list;
    push(list, {&a});
  }
  EXPECT_FALSE(a.is_linked());
  push(first, {&a});
  EXPECT_EQ(names(first), "a");
}

TEST_F(ListHook, all_of_a_list_can_be_appended_to_another) {
  push(first, {&a});
  push(second, {&b, &c});
  first.take_all(second);
  EXPECT_EQ(names(first), "abc");
  EXPECT_TRUE(second.empty());
  first.take_all(second);
  EXPECT_EQ(names(first), "abc");
  second.take_all(first);
  EXPECT_EQ(names(second), "abc");
}

Task<> append_three(std::string& log, char name) {
  for (int i = 0; i < 3; ++i) {
    log += name;
    (void)co_await yield();
  }
}
TEST_F(ThisTask, tasks_that_yield_take_turns) {
  runtime->spawn(append_three(log, 'a'));
  runtime->spawn(append_three(log, 'b'));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(log, "ababab");
}

Task<std::uint64_t> own_id() {
  co_return (co_await this_task()).id();
}
TEST_F(ThisTask, has_a_number_that_counts_from_1) {
  EXPECT_EQ(runtime->block_on(own_id()), 1U);
  EXPECT_EQ(runtime->block_on(own_id()), 2U);
}

// How often it could continue; the yield after which it saw the request has to have succeeded.
Task<int> compute_until_stopped() {
  const auto me = co_await this_task();
  int rounds = 0;
  for (; !me.stop_requested(); ++rounds) {
    const auto yielded = co_await yield();
    EXPECT_TRUE(yielded) << "its turn came, as promised; the next yield would be cancelled";
  }
  co_return rounds;
}
TEST_F(ThisTask, a_task_that_only_computes_sees_the_request_to_stop) {
  auto handle = runtime->spawn(compute_until_stopped());
  runtime->run_ready(10);
  handle.cancel();
  EXPECT_EQ(runtime->block_on(handle.join()), 1);
}

// The worst of tasks: its operations fail at once, and it does not look.
Task<> ignore_everything(int& rounds) {
  for (; rounds < 5'000; ++rounds) (void)co_await yield();
}
TEST_F(ThisTask, a_cancelled_task_that_does_not_care_still_lets_others_have_their_turn) {
  int rounds = 0, seen = -1;
  auto handle = runtime->spawn(ignore_everything(rounds));
  runtime->spawn(task_of([&] { seen = rounds; }));
  handle.cancel();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(rounds, 5'000);
  EXPECT_LT(seen, 1'000);
}

Task<> sleep_for_ever(int& rounds) {
  for (;; ++rounds) (void)co_await sleep_for(1h);
}
TEST_F(ThisTask,
       a_cancelled_task_that_loops_around_its_waits_ends_with_an_error_and_does_not_spin) {
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
  auto writer = make_async(epoll::PipeWriter::adopt(std::move(null)));
  const std::vector<std::byte> piece(size);
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(co_await writer.write_all(piece));
  }
}
TEST(Budget, counts_the_bytes_of_an_operation_too) {
  const auto turns_of = [](std::size_t size, int count) {
    auto runtime = Runtime::create().value();
    runtime->block_on(write_pieces(size, count));
    return runtime->loop().turns();
  };
  EXPECT_LE(turns_of(1, 1280), 15U) << "128 operations in a turn";
  EXPECT_GE(turns_of(64 * 1024, 160), 20U) << "512 KiB in a turn";
}

}  // namespace async::testing::ready_list_test
