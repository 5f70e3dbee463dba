// Tasks, and what is wrong to do with them and must not compile: each such property stands here as a
// question to the compiler, with the right form beside it, so that a "no" is no misprint.
#include <type_traits>

#include "async/core/task.hpp"
#include "testing.hpp"

namespace async::testing::task_test {

TEST(Task, returns_a_value) {
  EXPECT_EQ(block_on(just(42)), 42);
}

TEST(Task, may_return_nothing) {
  int count = 0;
  block_on(increment(count));
  EXPECT_EQ(count, 1);
}

TEST(Task, returns_a_value_that_can_only_be_moved) {
  EXPECT_EQ(*block_on(just(std::make_unique<int>(5))), 5);
}

class NoDefault {
 public:
  explicit NoDefault(int given) : value(given) {}
  int value;
};
TEST(Task, returns_a_value_that_has_no_default) {
  EXPECT_EQ(block_on(just(NoDefault(3))).value, 3);
}

TEST(Task, throws_what_its_body_throws) {
  EXPECT_EQ(thrown_by([] { block_on(throws("why")); }), "why");
}

TEST(Task, does_nothing_until_it_is_run) {
  int count = 0;
  drop(increment(count));
  EXPECT_EQ(count, 0);
}

TEST(Task, that_never_ran_destroys_its_parameters_with_itself) {
  auto value = std::make_shared<int>(1);
  auto task = just(value);
  EXPECT_EQ(value.use_count(), 2);
  drop(std::move(task));
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Task, can_be_moved_and_then_is_empty) {
  Task<int> first = just(1);
  Task<int> second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(second);
  second = just(2);
  EXPECT_EQ(block_on(std::move(second)), 2);
}

Task<int> sum_of(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await just(1);
  co_return sum;
}
TEST(Task, awaiting_another_one_gives_its_value) {
  EXPECT_EQ(block_on(sum_of(3)), 3);
}

TEST(Task, half_a_million_awaits_that_complete_at_once_do_not_grow_the_stack) {
  EXPECT_EQ(block_on(sum_of(500'000)), 500'000);
}

Task<int> depth(int left) {
  if (left == 0) co_return 0;
  const int below = co_await depth(left - 1);
  co_return below + 1;
}
TEST(Task, twenty_thousand_tasks_that_await_one_another_do_not_grow_the_stack) {
  EXPECT_EQ(block_on(depth(20'000)), 20'000);
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
  EXPECT_EQ(block_on(largest_distance(100)), 0U);
}

Task<std::string> catcher() {
  auto text = co_await thrown_in(throws("inside"));
  co_return text + std::to_string(co_await just(1));
}
TEST(Task, an_exception_passes_to_the_awaiting_task_and_can_be_caught_there) {
  EXPECT_EQ(block_on(catcher()), "inside1");
}

template <class T>
Task<T> pass_on(Task<T> task) {
  co_return co_await std::move(task);
}
TEST(Task, an_exception_passes_through_tasks_that_do_not_catch_it) {
  EXPECT_EQ(thrown_by([] { block_on(pass_on(pass_on(throws("deep")))); }), "deep");
}

class ThrowsWhenMade {
 public:
  explicit ThrowsWhenMade(int) { throw std::runtime_error("made"); }
};
Task<ThrowsWhenMade> makes_it_throw() {
  co_return ThrowsWhenMade(1);
}
TEST(Task, an_exception_while_the_result_is_made_is_its_exception) {
  EXPECT_THROW(block_on(makes_it_throw()), std::runtime_error);
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
  block_on(outer(log));
  EXPECT_EQ(log, (std::vector<std::string>{"inner runs", "local of inner", "parameter of inner",
                                           "outer goes on", "local of outer"}));
}

TEST(Task, a_task_with_a_name_is_awaited_by_moving_it) {
  Task<int> named = just(1);
  EXPECT_EQ(block_on(pass_on(std::move(named))), 1);
}

Task<int> await_twice() {
  Task<int> task = just(1);
  const int first = co_await std::move(task);
  co_return first + co_await std::move(task);
}
TEST(Task, without_a_coroutine_it_cannot_be_awaited) {
  EXPECT_THROW(block_on(await_twice()), std::logic_error);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
Task<int> forgets(bool returns) {
  if (returns) co_return 1;
}
#pragma GCC diagnostic pop
TEST(Task, that_forgets_its_co_return_throws) {
  EXPECT_EQ(block_on(forgets(true)), 1);
  EXPECT_THROW(block_on(forgets(false)), std::logic_error);
}

Task<const std::string> constant() {
  co_return "constant";
}
TEST(Task, may_return_a_constant) {
  EXPECT_EQ(block_on(constant()), "constant");
}

template <class T>
constexpr bool kMovesOnly =
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

// A copy, made by an argument that was not moved, keeps the descriptor open.
template <class... Owners>
constexpr bool kAllMoveOnly = (kMovesOnly<Owners> && ...);
TEST(Misuse, an_owner_of_a_descriptor_cannot_be_copied) {
  EXPECT_TRUE((kAllMoveOnly<TcpStream, UnixStream, PipeReader, PipeWriter, TcpListener,
                            UnixListener, UdpSocket, UnixDatagram, Signals, Child>));
  EXPECT_TRUE((kAllMoveOnly<Receiver<int>, Task<int>, JoinHandle<int>>));
}

template <class Op>
concept AwaitedWhereItIsMade = requires { operator co_await(std::declval<Op>()); };
template <class Op>
concept AwaitedByName = requires(Op& op) { operator co_await(op); };
template <class... Ops>
constexpr bool kOnceOnly = ((AwaitedWhereItIsMade<Ops> && !AwaitedByName<Ops>) && ...);

using Read = decltype(std::declval<TcpStream&>().read({}));

TEST(Misuse, an_operation_is_awaited_once_and_where_it_is_made) {
  EXPECT_TRUE((kOnceOnly<Read, Timed<Read>, SleepOperation, Interval::Beat, YieldOperation>));
  EXPECT_TRUE((kOnceOnly<Semaphore::Acquire, Mutex::LockOperation, Event::Wait>));
  EXPECT_TRUE((kOnceOnly<SendOperation<int>, ReceiveOperation<int>>));
  EXPECT_TRUE((kOnceOnly<JoinOperation<int>, TaskGroup::Join>));
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

}  // namespace async::testing::task_test
