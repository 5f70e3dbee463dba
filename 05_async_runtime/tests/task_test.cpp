// Tasks, and what is wrong to do with them and must not compile: each such property stands here as a
// question to the compiler, with the right form beside it, so that a "no" is no misprint.
#include <deque>
#include <type_traits>

#include "async/core/task.hpp"
#include "testing.hpp"

namespace async::testing {
namespace {

// Runs a task whose operations never wait to its end. No runtime is needed for that.
template <class T>
T run_alone(Task<T> given) {
  TaskContext context;
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

Task<> set(bool& done) {
  done = true;
  co_return;
}
TEST(Task, may_return_nothing) {
  bool done = false;
  run_alone(set(done));
  EXPECT_TRUE(done);
}

Task<std::unique_ptr<int>> owner() {
  co_return std::make_unique<int>(5);
}
TEST(Task, returns_a_value_that_can_only_be_moved) {
  EXPECT_EQ(*run_alone(owner()), 5);
}

class NoDefault {
 public:
  explicit NoDefault(int given) : value(given) {}
  int value;
};
Task<NoDefault> no_default() {
  co_return NoDefault(3);
}
TEST(Task, returns_a_value_that_has_no_default) {
  EXPECT_EQ(run_alone(no_default()).value, 3);
}

Task<int> fail(std::string why) {
  if (!why.empty()) throw std::runtime_error(why);
  co_return 0;
}
TEST(Task, throws_what_its_body_throws) {
  try {
    run_alone(fail("why"));
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "why");
  }
}

TEST(Task, does_nothing_until_it_is_run) {
  bool done = false;
  {
    const Task<> task = set(done);
  }
  EXPECT_FALSE(done);
}

Task<> hold(std::shared_ptr<int>) {
  co_return;
}
TEST(Task, that_never_ran_destroys_its_parameters_with_itself) {
  auto value = std::make_shared<int>(1);
  {
    const Task<> task = hold(value);
    EXPECT_EQ(value.use_count(), 2);
  }
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Task, can_be_moved_and_then_is_empty) {
  Task<int> first = number(1);
  Task<int> second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(second);
  second = number(2);
  EXPECT_EQ(run_alone(std::move(second)), 2);
}

Task<int> sum_of(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await number(1);
  co_return sum;
}
TEST(Task, awaiting_another_one_gives_its_value) {
  EXPECT_EQ(run_alone(sum_of(3)), 3);
}

TEST(Task, five_million_awaits_that_complete_at_once_do_not_grow_the_stack) {
  EXPECT_EQ(run_alone(sum_of(5'000'000)), 5'000'000);
}

Task<int> depth(int left) {
  if (left == 0) co_return 0;
  const int below = co_await depth(left - 1);
  co_return below + 1;
}
TEST(Task, twenty_thousand_tasks_that_await_one_another_do_not_grow_the_stack) {
  EXPECT_EQ(run_alone(depth(20'000)), 20'000);
}

// The address of something on the stack while the task runs.
Task<std::uintptr_t> stack_pointer() {
  co_return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}
Task<std::size_t> largest_distance(int count) {
  const std::uintptr_t first = co_await stack_pointer();
  std::size_t largest = 0;
  for (int i = 0; i < count; ++i) {
    const std::uintptr_t now = co_await stack_pointer();
    largest = std::max(largest, now > first ? now - first : first - now);
  }
  co_return largest;
}
TEST(Task, every_await_runs_at_the_same_place_of_the_stack) {
  EXPECT_EQ(run_alone(largest_distance(100)), 0U);
}

Task<std::string> catcher() {
  std::string text;
  try {
    (void)co_await fail("inside");
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  const int after = co_await number(1);
  co_return text + std::to_string(after);
}
TEST(Task, an_exception_passes_to_the_awaiting_task_and_can_be_caught_there) {
  EXPECT_EQ(run_alone(catcher()), "inside1");
}

Task<int> pass_on() {
  co_return co_await fail("deep");
}
Task<int> pass_on_twice() {
  co_return co_await pass_on();
}
TEST(Task, an_exception_passes_through_tasks_that_do_not_catch_it) {
  EXPECT_THROW(run_alone(pass_on_twice()), std::runtime_error);
}

class ThrowsWhenMade {
 public:
  explicit ThrowsWhenMade(int) { throw std::runtime_error("made"); }
};
Task<ThrowsWhenMade> makes_it_throw() {
  co_return ThrowsWhenMade(1);
}
TEST(Task, an_exception_while_the_result_is_made_is_its_exception) {
  EXPECT_THROW(run_alone(makes_it_throw()), std::runtime_error);
}

// Notes when it goes.
class Note {
 public:
  Note(std::vector<std::string>& to, std::string text) : to_(&to), text_(std::move(text)) {}
  Note(Note&& other) noexcept : to_(std::exchange(other.to_, nullptr)), text_(other.text_) {}
  ~Note() {
    if (to_ != nullptr) to_->push_back(text_);
  }

 private:
  std::vector<std::string>* to_;
  std::string text_;
};
Task<> inner(std::vector<std::string>& log, Note) {
  const Note local(log, "local of inner");
  log.emplace_back("inner runs");
  co_return;
}
Task<> outer(std::vector<std::string>& log) {
  const Note local(log, "local of outer");
  Note argument(log, "parameter of inner");
  co_await inner(log, std::move(argument));
  log.emplace_back("outer goes on");
}
TEST(Task, what_an_awaited_task_held_is_gone_before_the_next_statement) {
  std::vector<std::string> log;
  run_alone(outer(log));
  const std::vector<std::string> expected = {"inner runs", "local of inner", "parameter of inner",
                                             "outer goes on", "local of outer"};
  EXPECT_EQ(log, expected);
}

Task<> fill(std::vector<Task<int>>& tasks) {
  tasks.push_back(number(1));
  tasks.push_back(number(2));
  co_return;
}
Task<int> await_all_of(std::vector<Task<int>> tasks) {
  int sum = 0;
  for (Task<int>& task : tasks) sum += co_await std::move(task);
  co_return sum;
}
TEST(Task, a_task_with_a_name_is_awaited_by_moving_it) {
  std::vector<Task<int>> tasks;
  run_alone(fill(tasks));
  EXPECT_EQ(run_alone(await_all_of(std::move(tasks))), 3);
}

template <class T>
concept AwaitableByName = requires(Task<T>& task) { task.operator co_await(); };
static_assert(!AwaitableByName<int>, "awaiting takes the task over: it has to be moved");

Task<int> await_twice() {
  Task<int> task = number(1);
  const int first = co_await std::move(task);
  co_return first + co_await std::move(task);
}
TEST(Task, without_a_coroutine_it_cannot_be_awaited) {
  EXPECT_THROW(run_alone(await_twice()), std::logic_error);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
Task<int> forgets(bool returns) {
  if (returns) co_return 1;
}
#pragma GCC diagnostic pop
TEST(Task, that_forgets_its_co_return_throws) {
  EXPECT_EQ(run_alone(forgets(true)), 1);
  EXPECT_THROW(run_alone(forgets(false)), std::logic_error);
}

Task<const std::string> constant() {
  co_return "constant";
}
TEST(Task, may_return_a_constant) {
  EXPECT_EQ(run_alone(constant()), "constant");
}

template <class T>
constexpr bool kMovesOnly =
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

TEST(Misuse, an_owner_of_a_descriptor_cannot_be_copied) {
  // A copy, made by an argument that was not moved, keeps the descriptor open.
  EXPECT_TRUE(kMovesOnly<TcpStream>);
  EXPECT_TRUE(kMovesOnly<UnixStream>);
  EXPECT_TRUE(kMovesOnly<PipeReader>);
  EXPECT_TRUE(kMovesOnly<PipeWriter>);
  EXPECT_TRUE(kMovesOnly<TcpListener>);
  EXPECT_TRUE(kMovesOnly<UnixListener>);
  EXPECT_TRUE(kMovesOnly<UdpSocket>);
  EXPECT_TRUE(kMovesOnly<UnixDatagram>);
  EXPECT_TRUE(kMovesOnly<Signals>);
  EXPECT_TRUE(kMovesOnly<Child>);
  EXPECT_TRUE(kMovesOnly<Receiver<int>>);
  EXPECT_TRUE(kMovesOnly<Task<int>>);
  EXPECT_TRUE(kMovesOnly<JoinHandle<int>>);
}

template <class Op>
concept AwaitedWhereItIsMade = requires { operator co_await(std::declval<Op>()); };
template <class Op>
concept AwaitedByName = requires(Op& op) { operator co_await(op); };
template <class Op>
constexpr bool kOnceOnly = AwaitedWhereItIsMade<Op> && !AwaitedByName<Op>;

using Read = decltype(std::declval<TcpStream&>().read({}));

TEST(Misuse, an_operation_is_awaited_once_and_where_it_is_made) {
  EXPECT_TRUE(kOnceOnly<Read>);
  EXPECT_TRUE(kOnceOnly<Timed<Read>>);
  EXPECT_TRUE(kOnceOnly<SleepOperation>);
  EXPECT_TRUE(kOnceOnly<Interval::Beat>);
  EXPECT_TRUE(kOnceOnly<YieldOperation>);
  EXPECT_TRUE(kOnceOnly<Semaphore::Acquire>);
  EXPECT_TRUE(kOnceOnly<Mutex::LockOperation>);
  EXPECT_TRUE(kOnceOnly<Event::Wait>);
  EXPECT_TRUE(kOnceOnly<SendOperation<int>>);
  EXPECT_TRUE(kOnceOnly<ReceiveOperation<int>>);
  EXPECT_TRUE(kOnceOnly<JoinOperation<int>>);
  EXPECT_TRUE(kOnceOnly<TaskGroup::Join>);
}

template <class T>
concept TaskAwaitedByName = requires(T& task) { task.operator co_await(); };
template <class T>
concept TaskAwaitedByMoving = requires(T& task) { std::move(task).operator co_await(); };
TEST(Misuse, a_task_is_awaited_by_moving_it) {
  EXPECT_TRUE(TaskAwaitedByMoving<Task<int>>);
  EXPECT_FALSE(TaskAwaitedByName<Task<int>>);
}

// Moved out of the stream, or closed there, a descriptor goes behind the back of the loop.
template <class Socket>
constexpr bool kOnlyToLookAt =
    std::is_const_v<std::remove_pointer_t<decltype(std::declval<Socket&>().socket())>>;
TEST(Misuse, the_socket_of_a_stream_is_there_to_be_looked_at) {
  EXPECT_TRUE(kOnlyToLookAt<TcpStream>);
  EXPECT_TRUE(kOnlyToLookAt<UnixStream>);
  EXPECT_TRUE(kOnlyToLookAt<UdpSocket>);
}

// Without a Result there is nothing to say "too late" with; a lock that is given up is no lock.
template <class Op>
concept CanBeLimited = requires(Op op) { timeout(Duration(1), std::move(op)); };
TEST(Misuse, a_lock_that_cannot_be_given_up_cannot_be_limited_either) {
  EXPECT_TRUE(CanBeLimited<Semaphore::Acquire>);
  EXPECT_FALSE(CanBeLimited<Mutex::LockOperation>);
}

}  // namespace
}  // namespace async::testing
