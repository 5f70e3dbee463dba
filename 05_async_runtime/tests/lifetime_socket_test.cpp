// Sockets that go, or end, while tasks wait for them.
#include <fcntl.h>

#include <latch>

#include "testing.hpp"

namespace async::testing::lifetime_socket_test {

using Lifetime = LifetimeRig;

ASYNC_TEST_F(Lifetime, a_socket_that_another_task_closes_ends_the_read_that_waits) {
  auto reader = co_await started(hold(alive, read_once(a)));
  a.close();
  EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(alive, 0);
}

ASYNC_TEST_F(Lifetime, a_socket_that_is_destroyed_while_its_reader_is_ready_ends_the_read) {
  auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
  auto reader = co_await started(read_once(pair->first));
  EXPECT_TRUE(co_await pair->second.write_all("x"));
  co_await turns(1);  // the event is told; the reader comes behind us
  pair.reset();
  EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
}

ASYNC_TEST_F(Lifetime, bytes_and_the_end_in_one_turn_are_both_read) {
  auto reader = co_await started(read_once(a));
  EXPECT_TRUE(co_await b.write_all("last words"));
  b.close();
  EXPECT_EQ(co_await reader.join(), 10U);
  EXPECT_EQ(co_await read_once(a), 0U)
      << "the end came with the bytes, in one event, and is not told again";
}

ASYNC_TEST_F(Lifetime, an_end_that_comes_late_is_read) {
  EXPECT_TRUE(co_await b.write_all("words"));
  EXPECT_EQ(co_await read_once(a), 5U);
  auto reader = co_await started(read_once(a), 3);
  EXPECT_FALSE(reader.done());
  b.close();
  EXPECT_EQ(co_await reader.join(), 0U);
}

ASYNC_TEST_F(Lifetime, an_end_that_comes_while_no_task_reads_is_read_later) {
  auto reader = co_await started(read_once(a));
  EXPECT_TRUE(co_await b.write_all("words"));
  EXPECT_EQ(co_await reader.join(), 5U);
  // No task reads now, and the source thinks that there is nothing to read.
  b.close();
  co_await turns(2);
  EXPECT_EQ(co_await read_once(a), 0U);
}

ASYNC_TEST_F(Lifetime, a_read_that_was_cancelled_has_taken_no_byte) {
  auto reader = co_await started(read_once(a));
  EXPECT_EQ((co_await cancelled(reader)).error(), std::errc::operation_canceled);
  EXPECT_TRUE(co_await b.write_all("kept"));
  EXPECT_EQ(co_await text_from(a), "kept");
}

ASYNC_TEST_F(Lifetime, a_read_that_is_ready_when_it_is_cancelled_gives_its_bytes) {
  auto reader = co_await started(read_once(a));
  EXPECT_TRUE(co_await b.write_all("here"));
  co_await turns(1);
  EXPECT_EQ(co_await cancelled(reader), 4U);
}

ASYNC_TEST_F(Lifetime, a_descriptor_number_that_is_used_again_in_the_same_batch_is_a_new_socket) {
  auto ends = stream_pair();
  std::optional<TcpStream> other(std::move(ends.first));
  const int number = other->socket()->fd();
  std::optional<std::pair<TcpStream, TcpStream>> fresh;
  const auto close_other = [&]() -> Task<> {
    EXPECT_EQ(co_await a.read(buffer), 1U);
    other.reset();
    fresh.emplace(stream_pair());
  };
  auto closer = spawn(close_other());
  auto reader = co_await started(read_once(*other));
  // Both become ready in the same batch of events; the first closes the second.
  EXPECT_TRUE(co_await b.write_all("x"));
  EXPECT_TRUE(co_await ends.second.write_all("y"));
  (void)co_await closer.join();
  EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(fresh->first.socket()->fd(), number) << "the kernel gives the lowest number out again";
  // The new socket of that number hears nothing of the old one's events.
  auto new_reader = co_await started(read_once(fresh->first), 4);
  EXPECT_FALSE(new_reader.done());
  EXPECT_EQ(Runtime::here().counters().woken_for_nothing, 0U);
  EXPECT_TRUE(co_await fresh->second.write_all("new"));
  EXPECT_EQ(co_await new_reader.join(), 3U);
}

ASYNC_TEST_F(Lifetime, a_closed_socket_whose_duplicate_lives_on_gets_no_more_events) {
  auto reader = co_await started(read_once(a));
  // As a child process would hold it: closing ours does not end the kernel's registration.
  const epoll::UniqueFd duplicate(::fcntl(a.socket()->fd(), F_DUPFD_CLOEXEC, 0));
  (void)co_await cancelled(reader);
  a.close();
  const auto events = Runtime::here().counters().events;
  EXPECT_TRUE(co_await b.write_all("for nobody"));
  co_await turns(3);
  EXPECT_EQ(Runtime::here().counters().events, events);
  EXPECT_EQ(Runtime::here().loop().sources(), 0U);
}

TEST_F(Lifetime, a_socket_may_outlive_its_runtime_and_be_closed_after_it) {
  const sys::DescriptorWatch watch;
  {
    auto ends = stream_pair();
    runtime->spawn(read_once(ends.first));
    runtime->block_on(turns(2));
    runtime.reset();
    ends.first.close();
  }
  EXPECT_EQ(watch.change(), -2) << "only the runtime's own are gone: its epoll and its waker";
}

// Reads until that is impossible, a byte at a time: more often than one turn allows.
Task<std::error_code> read_all_bytes(TcpStream& stream, std::size_t& count) {
  std::array<std::byte, 1> byte;
  while (true) {
    const auto read = co_await stream.read(byte);
    if (!read) co_return read.error();
    ++count;
  }
}
ASYNC_TEST_F(Lifetime, a_socket_that_is_destroyed_before_a_deferred_read_ends_the_read) {
  auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
  EXPECT_TRUE(co_await pair->second.write_all(std::string(1000, 'x')));
  std::size_t count = 0;
  auto reader = co_await started(read_all_bytes(pair->first, count), 1);
  EXPECT_LT(count, 1000U) << "its turn is over, and the next read comes behind us";
  pair.reset();
  EXPECT_EQ(co_await reader.join(), std::make_error_code(std::errc::bad_file_descriptor));
}

ASYNC_TEST_F(Lifetime, a_task_may_destroy_the_socket_that_it_was_resumed_by) {
  int times = 0;
  auto ends = stream_pair();
  std::optional<TcpStream> mine(std::move(ends.first));
  const auto read_and_drop = [&]() -> Task<> {
    EXPECT_EQ(co_await mine->read(buffer), 1U);
    mine.reset();
    co_await turns(1);
    ++times;
  };
  auto reader = co_await started(read_and_drop());
  EXPECT_TRUE(co_await ends.second.write_all("x"));
  (void)co_await reader.join();
  EXPECT_EQ(times, 1);
}

ASYNC_TEST_F(Lifetime, more_bytes_than_a_read_takes_and_the_end_in_one_turn_are_all_read) {
  auto reader = co_await started(read_once(a));
  EXPECT_TRUE(co_await b.write_all(std::string(150, 'x')));
  b.close();
  EXPECT_EQ(co_await reader.join(), 64U);
  for (const std::size_t expected : {64U, 22U, 0U, 0U}) EXPECT_EQ(co_await read_once(a), expected);
}

ASYNC_TEST_F(Lifetime, cancelled_and_closed_in_one_turn_a_read_ends_once) {
  for (const bool close_first : {false, true}) {
    auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
    auto reader = co_await started(read_once(pair->first));
    if (close_first) pair->first.close();
    reader.cancel();
    pair->first.close();
    EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
  }
}

// -- from other threads ---------------------------------------------------------------------------

TEST_F(Lifetime,
       cancelled_by_some_threads_and_fed_by_another_a_read_ends_once_and_no_byte_is_lost) {
  for (int round = 0; round < 100; ++round) {
    auto [mine, theirs] = stream_pair();
    auto reader = runtime->spawn(mine.read(buffer));
    std::latch start(3);
    const auto at_the_start = [&start](auto action) {
      return std::jthread([&start, action] {
        start.arrive_and_wait();
        action();
      });
    };
    const auto first = at_the_start(reader.canceller()), second = at_the_start(reader.canceller());
    const auto feeder = at_the_start(
        [fd = theirs.socket()->fd()] { EXPECT_EQ(::send(fd, "x", 1, MSG_NOSIGNAL), 1); });
    ASSERT_TRUE(runtime->run());
    const auto count = runtime->block_on(reader.join());
    EXPECT_TRUE(count || count.error() == std::errc::operation_canceled);
    EXPECT_TRUE(count || runtime->block_on(mine.read(buffer))) << "the byte is lost";
  }
}

}  // namespace async::testing::lifetime_socket_test
