#include "async/core/spawn.hpp"

#include "allocations.hpp"
#include "testing.hpp"

namespace async::testing::spawn_test {

// A runtime, and the tasks whose exception it could tell to no task.
class Spawn : public WithRuntime {
 protected:
  void collect_reports() {
    runtime->on_unjoined_exception(
        [this](const TaskContext& task, std::exception_ptr) { reported.push_back(task.id()); });
  }
  std::vector<std::uint64_t> reported;
};
using Ids = std::vector<std::uint64_t>;

TEST_F(Spawn, block_on_gives_what_the_task_returns) {
  EXPECT_EQ(block_on(just(3)), 3);
}

TEST_F(Spawn, block_on_throws_what_the_task_throws) {
  EXPECT_EQ(thrown_by([] { block_on(throws("why")); }), "why");
}

ASYNC_TEST_F(Spawn, block_on_inside_a_task_is_refused) {
  EXPECT_THROW(block_on(just(1)), std::logic_error);
  co_return;
}

TEST_F(Spawn, without_a_runtime_there_is_nowhere_to_spawn) {
  EXPECT_THROW(spawn(just(1)), std::logic_error);
}

ASYNC_TEST_F(Spawn, join_gives_what_the_task_returned) {
  auto handle = spawn(just(20));
  EXPECT_FALSE(handle.done()) << "it runs in the next turn";
  EXPECT_EQ(co_await handle.join(), 20);
  EXPECT_TRUE(handle.done());
}

ASYNC_TEST_F(Spawn, join_of_a_task_that_is_over_gives_its_result_too) {
  auto handle = co_await started(just(20), 3);
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(co_await handle.join(), 20);
}

Task<std::string> join_thrower() {
  auto handle = spawn(throws("inside"));
  co_return co_await thrown_in(handle.join());
}
ASYNC_TEST_F(Spawn, join_throws_what_the_task_threw) {
  EXPECT_EQ(co_await join_thrower(), "inside");
}

ASYNC_TEST_F(Spawn, a_result_can_be_joined_once) {
  auto handle = spawn(just(1));
  EXPECT_EQ(co_await handle.join(), 1);
  EXPECT_EQ((co_await handle.join()).error(), std::errc::operation_canceled);
  JoinHandle<int> of_no_task;
  EXPECT_EQ((co_await of_no_task.join()).error(), std::errc::invalid_argument);
}

ASYNC_TEST_F(Spawn, a_second_joiner_gets_an_error_and_the_first_is_not_forgotten) {
  auto handle = spawn(pass(gate));
  auto joiner = co_await started(handle.join());
  EXPECT_EQ((co_await handle.join()).error(), Errc::already_waiting);
  // A joiner that gives up makes room for the next.
  EXPECT_EQ((co_await cancelled(joiner)).error(), std::errc::operation_canceled);
  auto next = co_await started(handle.join());
  gate.open();
  EXPECT_TRUE(co_await next.join());
}

TEST_F(Spawn, a_handle_of_no_task_cancels_nothing) {
  JoinHandle<int> of_no_task;
  of_no_task.cancel();
  of_no_task.canceller()();
  of_no_task.detach();
  EXPECT_TRUE(of_no_task.done());
}

ASYNC_TEST_F(Spawn, a_task_that_returns_a_result_is_joined_as_that_result) {
  auto handle = spawn(refuse());
  const sys::Result<int> joined = co_await handle.join();
  EXPECT_EQ(joined.error(), std::errc::permission_denied);
}

ASYNC_TEST_F(Spawn, a_task_that_waits_for_another_can_be_cancelled) {
  auto inner = spawn(pass(gate));
  auto joiner = co_await started(inner.join());
  joiner.cancel();
  co_await turns(2);
  EXPECT_TRUE(joiner.done());
  EXPECT_EQ((co_await joiner.join()).error(), std::errc::operation_canceled);
  EXPECT_FALSE(inner.done()) << "cancelling the task that waits leaves the other one alone";
  gate.open();
  EXPECT_TRUE(co_await inner.join()) << "and it can be joined again";
}

ASYNC_TEST_F(Spawn, a_joiner_that_is_cancelled_in_the_turn_in_which_the_task_ends_gets_the_result) {
  auto inner = spawn(pass(gate));
  auto joiner = co_await started(inner.join());
  gate.open();
  joiner.cancel();
  co_await turns(3);
  EXPECT_TRUE(joiner.done());
  EXPECT_TRUE(co_await joiner.join()) << "it has ended before the joiner's turn: the result wins";
}

TEST_F(Spawn, a_handle_that_is_dropped_lets_its_task_run_on) {
  (void)runtime->spawn(increment(count));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 1);
}

TEST_F(Spawn, the_exception_of_a_detached_task_is_reported_once) {
  collect_reports();
  runtime->spawn(throws("lost"));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(reported, Ids{1});
}

Task<> drop_late() {
  auto handle = co_await started(throws("late"));
  EXPECT_TRUE(handle.done());
}
TEST_F(Spawn, an_exception_is_reported_when_the_handle_is_dropped_after_the_end) {
  collect_reports();
  runtime->block_on(drop_late());
  EXPECT_EQ(reported, Ids{2});
}

TEST_F(Spawn, an_exception_that_was_joined_is_not_reported) {
  collect_reports();
  EXPECT_EQ(runtime->block_on(join_thrower()), "inside");
  EXPECT_THROW(runtime->block_on(throws("x")), std::runtime_error);
  EXPECT_EQ(reported, Ids{});
}

TEST_F(Spawn, by_default_a_lost_exception_is_written_to_the_standard_error) {
  runtime->spawn(throws("nobody listens"));
  const std::string text = errors_of([&] { EXPECT_TRUE(runtime->run()); });
  EXPECT_TRUE(text.contains("nobody listens")) << text;
  EXPECT_TRUE(text.contains("spawn_test.cpp")) << text;
}

TEST_F(Spawn, a_task_that_throws_leaves_the_others_alone) {
  collect_reports();
  runtime->spawn(increment(count));
  runtime->spawn(throws("one"));
  runtime->spawn(increment(count));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 2);
}

Task<> hold_until_open(Alive, Gate& gate, int& alive) {
  const Alive local(alive);
  (void)co_await std::move(gate);
  EXPECT_EQ(alive, 2);
}
TEST_F(Spawn, what_a_task_held_is_gone_when_it_is_over_even_if_its_handle_is_kept) {
  auto handle = started(*runtime, hold_until_open(Alive(alive), gate, alive));
  EXPECT_EQ(alive, 2);
  gate.open();
  runtime->run_ready(10);
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(alive, 0) << "a connection would be closed by now";
}

TEST_F(Spawn, a_task_may_spawn_a_hundred_thousand_tasks_in_a_row) {
  const auto spawn_many = [&] {
    for (int i = 0; i < 100'000; ++i) spawn(increment(count));
  };
  runtime->block_on(task_of(spawn_many));
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 100'000);
}

TEST_F(Spawn, a_handle_may_outlive_its_runtime) {
  auto handle = started(*runtime, pass(gate));
  runtime.reset();
  EXPECT_TRUE(handle.done());
  handle.cancel();
  EXPECT_EQ(block_on(handle.join()).error(), std::errc::operation_canceled);
}

TEST_F(Spawn, another_thread_cancels_a_task_with_its_canceller) {
  auto handle = runtime->spawn(pass(gate));
  const std::jthread other(handle.canceller());
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(block_on(handle.join()).error(), std::errc::operation_canceled);
}

TEST_F(Spawn, a_canceller_may_outlive_the_task_and_the_runtime) {
  Canceller canceller = runtime->spawn(just(1)).canceller();
  ASSERT_TRUE(runtime->run());
  canceller();
  runtime.reset();
  canceller();
  std::thread(canceller).join();
}

TEST_F(Spawn, other_threads_spawn_into_a_runtime) {
  Event all_are_here;
  const auto arrive = [&] {
    if (++count == 100) all_are_here.set();
  };
  const auto spawn_back = [&, home = runtime->handle()] {
    EXPECT_FALSE(home.is_here());
    home.spawn(task_of(arrive));
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n) block_on(task_of(spawn_back));
    });
  }
  EXPECT_TRUE(runtime->block_on(all_are_here.wait()));
  EXPECT_EQ(count, 100);
}

TEST_F(Spawn, a_task_posted_before_run_is_run_by_it) {
  std::thread([&, home = runtime->handle()] { home.spawn(increment(count)); }).join();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 1);
}

TEST_F(Spawn, a_task_for_a_runtime_that_is_gone_is_dropped) {
  const auto home = runtime->handle();
  EXPECT_TRUE(home.spawn(hold_until_open(Alive(alive), gate, alive))) << "posted, never started";
  EXPECT_EQ(alive, 1);
  runtime.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(home.spawn(hold_until_open(Alive(alive), gate, alive)));
  EXPECT_EQ(alive, 0);
}

ASYNC_TEST(Join, of_itself_is_edeadlk) {
  JoinHandle<> handle;
  std::error_code error;
  const auto join_itself = [&]() -> Task<> { error = error_of(co_await handle.join()); };
  handle = spawn(join_itself());
  co_await turns(2);
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
  EXPECT_TRUE(handle.done());
}

TEST(Join, of_a_task_of_another_runtime_is_refused_while_that_runs) {
  auto here = Runtime::create().value();
  auto there = Runtime::create().value();
  Gate gate;
  auto handle = started(*there, pass(gate));
  EXPECT_EQ(here->block_on(handle.join()).error(), Errc::other_runtime);
  gate.open();
  there->block_on(turns(2));
  EXPECT_EQ(here->block_on(handle.join()), 7) << "it is over: its result can be had anywhere";
}

TEST(Join, from_another_thread_is_refused_until_the_task_is_over) {
  auto here = Runtime::create().value();
  for (int i = 0; i < 20; ++i) {
    auto there = Runtime::create().value();
    auto handle = there->spawn(turns(20));
    const std::jthread other([&there] { ASSERT_TRUE(there->run()); });
    sys::Result<> joined;
    while (!(joined = here->block_on(handle.join())))
      EXPECT_EQ(joined.error(), Errc::other_runtime);
    EXPECT_TRUE(handle.done());
  }
}

TEST_F(Spawn, takes_an_operation_as_well_as_a_task) {
  auto [sender, receiver] = channel<int>(1);
  auto receiving = runtime->spawn(receiver.receive());
  EXPECT_TRUE(runtime->block_on(sender.send(5)));
  EXPECT_EQ(runtime->block_on(receiving.join()), 5);
}

TEST_F(Spawn, a_task_without_a_coroutine_is_refused) {
  EXPECT_THROW((void)runtime->spawn(Task<int>()), std::logic_error);
  EXPECT_EQ(runtime->tasks(), 0U);
}

// Throws when it is moved for the last time: out of the promise, when its task is over.
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
  auto handle = spawn(fragile(moves));
  (void)co_await handle.join();
}
TEST_F(Spawn, a_result_whose_move_throws_is_that_exception) {
  for (int moves = 1; moves <= 4; ++moves)
    EXPECT_THROW(block_on(join_fragile(moves)), std::runtime_error) << moves;
}

Task<> await_what_nothing_wakes() {
  const int local = 1;
  co_await std::suspend_always();
  (void)local;
  ADD_FAILURE() << "it went on";
}
TEST_F(Spawn, a_task_that_nothing_can_wake_is_an_error_at_once) {
  const auto text = thrown_by<std::logic_error>([] { block_on(await_what_nothing_wakes()); });
  EXPECT_TRUE(text.contains("nothing can wake it")) << text;
}

Task<> await_it_far_below(int depth) {
  if (depth == 0) {
    co_await std::suspend_always();
  } else {
    co_await await_it_far_below(depth - 1);
  }
}
TEST_F(Spawn, a_long_chain_above_what_nothing_can_wake_needs_no_deep_stack) {
  const auto text = thrown_by<std::logic_error>([] { block_on(await_it_far_below(100'000)); });
  EXPECT_TRUE(text.contains("nothing can wake it")) << text;
}
TEST_F(Spawn, a_task_that_nothing_can_wake_ends_without_memory_too) {
  bool has_failed = true;
  for (std::size_t nth = 1; has_failed; ++nth) {
    runtime = Runtime::create().value();
    allocations::FailNth fault(nth);
    fault.arm();
    EXPECT_ANY_THROW(runtime->block_on(await_what_nothing_wakes())) << nth;
    fault.disarm();
    has_failed = fault.has_failed();
    EXPECT_EQ(runtime->tasks(), 0U) << nth;
  }
}

Task<> set_later(std::shared_ptr<bool> flag) {
  co_await turns(3);
  *flag = true;
}
TEST_F(Spawn, a_task_that_is_blocked_on_stays_when_a_callback_ends_the_call) {
  const auto flag = std::make_shared<bool>(false);
  runtime->handle().post([] { throw std::runtime_error("a mistake of the program"); });
  EXPECT_EQ(thrown_by([&] { runtime->block_on(set_later(flag)); }), "a mistake of the program");
  EXPECT_FALSE(*flag);
  EXPECT_TRUE(runtime->run());
  EXPECT_TRUE(*flag);
}

TEST_F(Spawn, a_hook_for_lost_exceptions_that_throws_ends_neither_the_runtime_nor_the_program) {
  runtime->on_unjoined_exception(
      [](const TaskContext&, std::exception_ptr error) { std::rethrow_exception(error); });
  runtime->spawn(throws("lost"));
  const std::string text = errors_of([&] { runtime->block_on(turns(4)); });
  EXPECT_TRUE(text.contains("to a function that threw: lost")) << text;
}

}  // namespace async::testing::spawn_test
