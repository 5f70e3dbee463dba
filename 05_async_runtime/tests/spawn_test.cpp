#include "async/core/spawn.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "testing.hpp"

namespace {

using async::Task;
using async::testing::Alive;
using async::testing::Gate;
using async::testing::turns;

Task<int> number(int value) {
  co_return value;
}
Task<> nothing(int& count) {
  ++count;
  co_return;
}
Task<int> fail_with(std::string why) {
  if (!why.empty()) throw std::runtime_error(why);
  co_return 0;
}

TEST(Spawn, block_on_gives_what_the_task_returns) {
  EXPECT_EQ(async::block_on(number(3)), 3);
}

TEST(Spawn, block_on_throws_what_the_task_throws) {
  EXPECT_THROW(async::block_on(fail_with("why")), std::runtime_error);
}

Task<> nested() {
  bool refused = false;
  try {
    async::block_on(number(1));
  } catch (const std::logic_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  co_return;
}
TEST(Spawn, block_on_inside_a_task_is_refused) {
  async::block_on(nested());
}

TEST(Spawn, without_a_runtime_there_is_nowhere_to_spawn) {
  EXPECT_THROW(async::spawn(number(1)), std::logic_error);
}

Task<int> join_one() {
  auto handle = async::spawn(number(20));
  EXPECT_FALSE(handle.done()) << "it runs in the next turn";
  const sys::Result<int> joined = co_await handle.join();
  EXPECT_TRUE(handle.done());
  co_return joined.value_or(-1) + 1;
}
TEST(Spawn, join_gives_what_the_task_returned) {
  EXPECT_EQ(async::block_on(join_one()), 21);
}

Task<int> join_late() {
  auto handle = async::spawn(number(20));
  co_await turns(3);
  EXPECT_TRUE(handle.done());
  const auto joined = co_await handle.join();
  co_return joined.value_or(-1);
}
TEST(Spawn, join_of_a_task_that_is_over_gives_its_result_too) {
  EXPECT_EQ(async::block_on(join_late()), 20);
}

Task<std::string> join_thrower() {
  auto handle = async::spawn(fail_with("inside"));
  try {
    (void)co_await handle.join();
  } catch (const std::runtime_error& error) {
    co_return error.what();
  }
  co_return "nothing was thrown";
}
TEST(Spawn, join_throws_what_the_task_threw) {
  EXPECT_EQ(async::block_on(join_thrower()), "inside");
}

Task<> join_twice() {
  auto handle = async::spawn(number(1));
  const auto first = co_await handle.join();
  EXPECT_EQ(first, 1);
  const auto second = co_await handle.join();
  EXPECT_EQ(second.error(), std::errc::operation_canceled);
  async::JoinHandle<int> of_no_task;
  const auto none = co_await of_no_task.join();
  EXPECT_EQ(none.error(), std::errc::invalid_argument);
}
TEST(Spawn, a_result_can_be_joined_once) {
  async::block_on(join_twice());
}

Task<> two_joiners() {
  Gate gate;
  const auto wait = [](Gate& given) -> Task<> { (void)co_await std::move(given); };
  auto handle = async::spawn(wait(gate));
  const auto join = [](async::JoinHandle<>& given, sys::Result<>& result) -> Task<> {
    result = co_await given.join();
  };
  sys::Result<> first = sys::failure(EIO);
  auto joiner = async::spawn(join(handle, first));
  co_await async::testing::turns(2);
  const auto second = co_await handle.join();
  EXPECT_EQ(second.error(), async::Errc::already_waiting);
  // A joiner that gives up makes room for the next.
  joiner.cancel();
  (void)co_await joiner.join();
  EXPECT_EQ(first.error(), std::errc::operation_canceled);
  joiner = async::spawn(join(handle, first));
  co_await async::testing::turns(2);
  gate.is_open = true;
  gate.wake();
  (void)co_await joiner.join();
  EXPECT_TRUE(first);
}
TEST(Spawn, a_second_joiner_gets_an_error_and_the_first_is_not_forgotten) {
  async::block_on(two_joiners());
}

TEST(Spawn, a_handle_of_no_task_cancels_nobody) {
  async::JoinHandle<int> of_no_task;
  of_no_task.cancel();
  of_no_task.canceller()();
  of_no_task.detach();
  EXPECT_TRUE(of_no_task.done());
}

Task<sys::Result<int>> refuse() {
  co_return sys::failure(std::errc::permission_denied);
}
Task<> join_result() {
  auto handle = async::spawn(refuse());
  const sys::Result<int> joined = co_await handle.join();
  EXPECT_EQ(joined.error(), std::errc::permission_denied);
}
TEST(Spawn, a_task_that_returns_a_result_is_joined_as_that_result) {
  async::block_on(join_result());
}

Task<> wait_at(Gate& gate) {
  (void)co_await std::move(gate);
}
Task<> join_it(async::JoinHandle<>& handle, sys::Result<>& joined) {
  joined = co_await handle.join();
}
Task<> cancel_the_joiner() {
  Gate gate;
  auto inner = async::spawn(wait_at(gate));
  sys::Result<> joined;
  auto joiner = async::spawn(join_it(inner, joined));
  co_await turns(2);
  joiner.cancel();
  co_await turns(2);
  EXPECT_EQ(joined.error(), std::errc::operation_canceled);
  EXPECT_TRUE(joiner.done());
  EXPECT_FALSE(inner.done()) << "cancelling the one who waits leaves the other one alone";
  gate.is_open = true;
  gate.wake();
  const auto again = co_await inner.join();
  EXPECT_TRUE(again) << "and it can be joined again";
}
TEST(Spawn, one_who_waits_for_a_task_can_be_cancelled) {
  async::block_on(cancel_the_joiner());
}

Task<> end_and_cancel_in_one_turn() {
  Gate gate;
  auto inner = async::spawn(wait_at(gate));
  sys::Result<> joined = sys::failure(EIO);
  auto joiner = async::spawn(join_it(inner, joined));
  co_await turns(2);
  gate.is_open = true;
  gate.wake();
  joiner.cancel();
  co_await turns(3);
  EXPECT_TRUE(joiner.done());
  EXPECT_TRUE(joined) << "it has ended before the joiner's turn: the result wins";
}
TEST(Spawn, a_joiner_that_is_cancelled_in_the_turn_in_which_the_task_ends_gets_the_result) {
  async::block_on(end_and_cancel_in_one_turn());
}

TEST(Spawn, a_handle_that_is_dropped_lets_its_task_go_on) {
  int count = 0;
  auto runtime = async::Runtime::create().value();
  {
    const auto handle = runtime->spawn(nothing(count));
  }
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 1);
}

// What the hook was told.
class Reports {
 public:
  explicit Reports(async::Runtime& runtime) {
    runtime.on_unjoined_exception(
        [this](const async::TaskContext& task, std::exception_ptr) { ids.push_back(task.id()); });
  }
  std::vector<std::uint64_t> ids;
};

TEST(Spawn, the_exception_of_a_detached_task_is_reported_once) {
  auto runtime = async::Runtime::create().value();
  Reports reports(*runtime);
  runtime->spawn(fail_with("lost"));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(reports.ids, std::vector<std::uint64_t>{1});
}

Task<> drop_late() {
  auto handle = async::spawn(fail_with("late"));
  co_await turns(2);
  EXPECT_TRUE(handle.done());
}
TEST(Spawn, an_exception_is_reported_when_the_handle_is_dropped_after_the_end) {
  auto runtime = async::Runtime::create().value();
  Reports reports(*runtime);
  runtime->block_on(drop_late());
  EXPECT_EQ(reports.ids.size(), 1U);
}

TEST(Spawn, an_exception_that_was_joined_is_not_reported) {
  auto runtime = async::Runtime::create().value();
  Reports reports(*runtime);
  EXPECT_EQ(runtime->block_on(join_thrower()), "inside");
  EXPECT_THROW(runtime->block_on(fail_with("x")), std::runtime_error);
  EXPECT_TRUE(reports.ids.empty());
}

TEST(Spawn, by_default_a_lost_exception_is_written_to_the_standard_error) {
  ::testing::internal::CaptureStderr();
  auto runtime = async::Runtime::create().value();
  runtime->spawn(fail_with("nobody listens"));
  ASSERT_TRUE(runtime->run());
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.contains("nobody listens")) << text;
  EXPECT_TRUE(text.contains("spawn_test.cpp")) << text;
}

TEST(Spawn, a_task_that_throws_leaves_the_others_alone) {
  auto runtime = async::Runtime::create().value();
  Reports reports(*runtime);
  int count = 0;
  runtime->spawn(nothing(count));
  runtime->spawn(fail_with("one"));
  runtime->spawn(nothing(count));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 2);
}

Task<> hold(Alive, Gate& gate, int& alive) {
  const Alive local(alive);
  (void)co_await std::move(gate);
  EXPECT_EQ(alive, 2);
}
TEST(Spawn, what_a_task_held_is_gone_when_it_is_over_even_if_its_handle_is_kept) {
  auto runtime = async::Runtime::create().value();
  int alive = 0;
  Gate gate;
  auto handle = runtime->spawn(hold(Alive(alive), gate, alive));
  runtime->run_ready(10);
  EXPECT_EQ(alive, 2);
  gate.is_open = true;
  gate.wake();
  runtime->run_ready(10);
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(alive, 0) << "a connection would be closed by now";
}

Task<> million(int& count) {
  for (int i = 0; i < 1'000'000; ++i) async::spawn(nothing(count));
  co_return;
}
TEST(Spawn, a_task_may_spawn_a_million_tasks_in_a_row) {
  int count = 0;
  auto runtime = async::Runtime::create().value();
  runtime->spawn(million(count));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 1'000'000);
}

Task<> join_after_the_runtime(async::JoinHandle<>& handle) {
  const auto joined = co_await handle.join();
  EXPECT_EQ(joined.error(), std::errc::operation_canceled);
}
TEST(Spawn, a_handle_may_outlive_its_runtime) {
  Gate gate;
  async::JoinHandle<> handle;
  {
    auto runtime = async::Runtime::create().value();
    handle = runtime->spawn(wait_at(gate));
    runtime->run_ready(1);
  }
  EXPECT_TRUE(handle.done());
  handle.cancel();
  async::block_on(join_after_the_runtime(handle));
}

// -- from other threads -------------------------------------------------------------------------

Task<> wait_until_cancelled(Gate& gate, sys::Result<int>& result) {
  result = co_await std::move(gate);
}

TEST(Spawn, another_thread_cancels_a_task_with_its_canceller) {
  auto runtime = async::Runtime::create().value();
  Gate gate;
  sys::Result<int> result = 0;
  const auto handle = runtime->spawn(wait_until_cancelled(gate, result));
  std::thread other(handle.canceller());
  ASSERT_TRUE(runtime->run());
  other.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
}

TEST(Spawn, a_canceller_may_outlive_the_task_and_the_runtime) {
  std::optional<async::Canceller> canceller;
  {
    auto runtime = async::Runtime::create().value();
    const auto handle = runtime->spawn(number(1));
    canceller.emplace(handle.canceller());
    ASSERT_TRUE(runtime->run());
    (*canceller)();
  }
  (*canceller)();
  std::thread(*canceller).join();
}

Task<> arrive(int& count, async::Event& all_are_here) {
  if (++count == 100) all_are_here.set();
  co_return;
}
Task<> spawn_back(async::Runtime::Handle home, int& count, async::Event& all_are_here) {
  EXPECT_FALSE(home.is_here());
  home.spawn(arrive(count, all_are_here));
  co_return;
}
Task<> wait_for(async::Event& event) {
  (void)co_await event.wait();
}
TEST(Spawn, other_threads_spawn_into_a_runtime) {
  auto runtime = async::Runtime::create().value();
  int count = 0;
  async::Event all_are_here;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([home = runtime->handle(), &count, &all_are_here] {
      for (int n = 0; n < 25; ++n) async::block_on(spawn_back(home, count, all_are_here));
    });
  }
  runtime->block_on(wait_for(all_are_here));
  EXPECT_EQ(count, 100);
  for (std::thread& thread : threads) thread.join();
}

TEST(Spawn, a_task_posted_before_run_is_run_by_it) {
  auto runtime = async::Runtime::create().value();
  int count = 0;
  std::thread([home = runtime->handle(), &count] { home.spawn(nothing(count)); }).join();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 1);
}

TEST(Spawn, a_task_for_a_runtime_that_is_gone_is_dropped) {
  int alive = 0;
  Gate gate;
  std::optional<async::Runtime::Handle> home;
  {
    auto runtime = async::Runtime::create().value();
    home.emplace(runtime->handle());
    EXPECT_TRUE(home->spawn(hold(Alive(alive), gate, alive))) << "posted, and never started";
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(home->spawn(hold(Alive(alive), gate, alive)));
  EXPECT_EQ(alive, 0);
}

// -- what cannot be joined ------------------------------------------------------------------------

Task<> join_itself(async::JoinHandle<>& self, std::error_code& error) {
  error = async::testing::error_of(co_await self.join());
}
Task<> self_join() {
  async::JoinHandle<> handle;
  std::error_code error;
  handle = async::spawn(join_itself(handle, error));
  co_await turns(2);
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
  EXPECT_TRUE(handle.done());
}
TEST(Join, of_itself_is_a_deadlock_that_is_told) {
  async::block_on(self_join());
}

Task<int> seven_when(Gate& gate) {
  (void)co_await std::move(gate);
  co_return 7;
}
Task<> join_into(async::JoinHandle<int>& handle, sys::Result<int>& result) {
  result = co_await handle.join();
}
TEST(Join, of_a_task_of_another_runtime_is_refused_while_that_runs) {
  auto here = async::Runtime::create().value();
  auto there = async::Runtime::create().value();
  Gate gate;
  auto handle = there->spawn(seven_when(gate));
  there->block_on(turns(2));
  sys::Result<int> result = 0;
  here->block_on(join_into(handle, result));
  EXPECT_EQ(result.error(), async::Errc::other_runtime);
  gate.is_open = true;
  gate.wake();
  there->block_on(turns(2));
  here->block_on(join_into(handle, result));
  EXPECT_EQ(result, 7) << "it is over: its result can be had anywhere";
}

TEST(Join, from_another_thread_is_refused_until_the_task_is_over) {
  auto here = async::Runtime::create().value();
  for (int i = 0; i < 20; ++i) {
    auto there = async::Runtime::create().value();
    auto handle = there->spawn(async::testing::turns(20));
    std::thread other([&there] { ASSERT_TRUE(there->run()); });
    const auto try_until_over = [](async::JoinHandle<>& of) -> Task<> {
      while (true) {
        const auto joined = co_await of.join();
        if (joined) break;
        EXPECT_EQ(joined.error(), async::Errc::other_runtime);
      }
    };
    here->block_on(try_until_over(handle));
    EXPECT_TRUE(handle.done());
    other.join();
  }
}

// -- whatever can be awaited ------------------------------------------------------------------------

Task<> spawn_operations() {
  auto [sender, receiver] = async::channel<int>(1);
  auto receiving = async::spawn(receiver.receive());
  const auto sent = co_await sender.send(5);
  EXPECT_TRUE(sent);
  const auto received = co_await receiving.join();
  EXPECT_EQ(received, 5);
}
TEST(Spawn, takes_an_operation_as_well_as_a_task) {
  async::block_on(spawn_operations());
  auto [sender, receiver] = async::channel<int>(1);
  ASSERT_TRUE(sender.try_send(6));
  EXPECT_EQ(async::block_on(receiver.receive()), 6);
  EXPECT_TRUE(async::block_on(async::yield()));
}

TEST(Spawn, a_task_without_a_coroutine_is_refused) {
  auto runtime = async::Runtime::create().value();
  EXPECT_THROW((void)runtime->spawn(Task<int>()), std::logic_error);
  EXPECT_EQ(runtime->tasks(), 0U);
}

// Throws when it is moved for the third time: out of the promise, when its task is over.
class Fragile {
 public:
  explicit Fragile(int& moves) : moves_(&moves) {}
  Fragile(Fragile&& other) : moves_(other.moves_) {
    if (--*moves_ == 0) throw std::runtime_error("moved once too often");
  }
  Fragile& operator=(Fragile&&) = delete;

 private:
  int* moves_;
};
Task<Fragile> fragile(int& moves) {
  co_return Fragile(moves);
}
Task<> join_fragile(int moves) {
  co_await turns(1);
  auto handle = async::spawn(fragile(moves));
  (void)co_await handle.join();
}
TEST(Spawn, a_result_whose_move_throws_is_that_exception) {
  for (int moves = 1; moves <= 4; ++moves)
    EXPECT_THROW(async::block_on(join_fragile(moves)), std::runtime_error) << moves;
}

Task<> await_what_nothing_wakes() {
  const int local = 1;
  co_await std::suspend_always();
  (void)local;
  ADD_FAILURE() << "it went on";
}
TEST(Spawn, a_task_that_nothing_can_wake_is_an_error_at_once) {
  std::string text;
  try {
    async::block_on(await_what_nothing_wakes());
  } catch (const std::logic_error& error) {
    text = error.what();
  }
  EXPECT_NE(text.find("nothing can wake it"), text.npos) << text;
}

TEST(Spawn, a_hook_for_lost_exceptions_that_throws_ends_neither_the_runtime_nor_the_program) {
  auto runtime = async::Runtime::create().value();
  runtime->on_unjoined_exception(
      [](const async::TaskContext&, std::exception_ptr error) { std::rethrow_exception(error); });
  const auto fails = []() -> Task<> {
    co_await turns(1);
    throw std::runtime_error("lost");
  };
  ::testing::internal::CaptureStderr();
  runtime->spawn(fails());
  runtime->block_on(turns(4));
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("to a function that has thrown: lost"), text.npos) << text;
  runtime.reset();
}

}  // namespace
