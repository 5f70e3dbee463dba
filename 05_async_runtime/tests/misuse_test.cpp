// What is wrong and must not compile. Each property stands here as a question to the compiler, with
// the right form beside it, so that a "no" is no misprint.
#include <gtest/gtest.h>

#include <deque>
#include <type_traits>
#include <utility>

#include "async/async.hpp"
#include "testing.hpp"

namespace {

template <class T>
constexpr bool kMovesOnly =
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

TEST(Misuse, an_owner_of_a_descriptor_cannot_be_copied) {
  // A copy, made by an argument that was not moved, keeps the descriptor open.
  EXPECT_TRUE(kMovesOnly<async::TcpStream>);
  EXPECT_TRUE(kMovesOnly<async::UnixStream>);
  EXPECT_TRUE(kMovesOnly<async::PipeReader>);
  EXPECT_TRUE(kMovesOnly<async::PipeWriter>);
  EXPECT_TRUE(kMovesOnly<async::TcpListener>);
  EXPECT_TRUE(kMovesOnly<async::UnixListener>);
  EXPECT_TRUE(kMovesOnly<async::UdpSocket>);
  EXPECT_TRUE(kMovesOnly<async::UnixDatagram>);
  EXPECT_TRUE(kMovesOnly<async::Signals>);
  EXPECT_TRUE(kMovesOnly<async::Child>);
  EXPECT_TRUE(kMovesOnly<async::Receiver<int>>);
  EXPECT_TRUE(kMovesOnly<async::Task<int>>);
  EXPECT_TRUE(kMovesOnly<async::JoinHandle<int>>);
}

template <class Op>
concept AwaitedWhereItIsMade = requires { operator co_await(std::declval<Op>()); };
template <class Op>
concept AwaitedByName = requires(Op& op) { operator co_await(op); };
template <class Op>
constexpr bool kOnceOnly = AwaitedWhereItIsMade<Op> && !AwaitedByName<Op>;

using Read = decltype(std::declval<async::TcpStream&>().read({}));

TEST(Misuse, an_operation_is_awaited_once_and_where_it_is_made) {
  EXPECT_TRUE(kOnceOnly<Read>);
  EXPECT_TRUE(kOnceOnly<async::Timed<Read>>);
  EXPECT_TRUE(kOnceOnly<async::SleepOperation>);
  EXPECT_TRUE(kOnceOnly<async::Interval::Beat>);
  EXPECT_TRUE(kOnceOnly<async::YieldOperation>);
  EXPECT_TRUE(kOnceOnly<async::Semaphore::Acquire>);
  EXPECT_TRUE(kOnceOnly<async::Mutex::LockOperation>);
  EXPECT_TRUE(kOnceOnly<async::Event::Wait>);
  EXPECT_TRUE(kOnceOnly<async::SendOperation<int>>);
  EXPECT_TRUE(kOnceOnly<async::ReceiveOperation<int>>);
  EXPECT_TRUE(kOnceOnly<async::JoinOperation<int>>);
  EXPECT_TRUE(kOnceOnly<async::TaskGroup::Join>);
}

template <class T>
concept TaskAwaitedByName = requires(T& task) { task.operator co_await(); };
template <class T>
concept TaskAwaitedByMoving = requires(T& task) { std::move(task).operator co_await(); };
TEST(Misuse, a_task_is_awaited_by_moving_it) {
  EXPECT_TRUE(TaskAwaitedByMoving<async::Task<int>>);
  EXPECT_FALSE(TaskAwaitedByName<async::Task<int>>);
}

// Moved out of the stream, or closed there, a descriptor goes behind the back of the loop.
template <class Socket>
constexpr bool kOnlyToLookAt =
    std::is_const_v<std::remove_pointer_t<decltype(std::declval<Socket&>().socket())>>;
TEST(Misuse, the_socket_of_a_stream_is_there_to_be_looked_at) {
  EXPECT_TRUE(kOnlyToLookAt<async::TcpStream>);
  EXPECT_TRUE(kOnlyToLookAt<async::UnixStream>);
  EXPECT_TRUE(kOnlyToLookAt<async::UdpSocket>);
}

// Without a Result there is nothing to say "too late" with; a lock that is given up is no lock.
template <class Op>
concept CanBeLimited = requires(Op op) { async::timeout(async::Duration(1), std::move(op)); };
TEST(Misuse, a_lock_that_cannot_be_given_up_cannot_be_limited_either) {
  EXPECT_TRUE(CanBeLimited<async::Semaphore::Acquire>);
  EXPECT_FALSE(CanBeLimited<async::Mutex::LockOperation>);
}

}  // namespace
