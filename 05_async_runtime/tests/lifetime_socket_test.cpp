// Sockets that go, or end, while tasks wait for them.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "lifetime.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using async::Task;
using async::TcpStream;
using async::testing::read_once;
using async::testing::stream_pair;
using async::testing::text_of;
using async::testing::turns;
using async::testing::write;
using namespace std::chrono_literals;

Task<> close_a_parked_one() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  mine.close();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(alive, 0);
}
TEST(Lifetime, a_socket_that_another_task_closes_ends_the_read_that_waits) {
  async::block_on(close_a_parked_one());
}

Task<> destroy_a_ready_one() {
  auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(pair->first, result, alive));
  co_await turns(2);
  co_await write(pair->second, "x");
  co_await turns(1);  // the event is told; the reader comes behind us
  pair.reset();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
}
TEST(Lifetime, a_socket_that_is_destroyed_while_its_reader_is_ready_ends_the_read) {
  async::block_on(destroy_a_ready_one());
}

Task<> read_and_end_at_once() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  co_await write(theirs, "last words");
  theirs.close();
  (void)co_await reader.join();
  EXPECT_EQ(result, 10U);
  std::array<std::byte, 64> buffer;
  const auto end = co_await mine.read(buffer);
  EXPECT_EQ(end, 0U) << "the end came with the bytes, in one event, and is not told again";
}
TEST(Lifetime, bytes_and_the_end_in_one_turn_are_both_read) {
  async::block_on(read_and_end_at_once());
}

Task<> late_end() {
  auto [mine, theirs] = stream_pair();
  co_await write(theirs, "words");
  std::array<std::byte, 64> buffer;
  const auto first = co_await mine.read(buffer);
  EXPECT_EQ(first, 5U);
  sys::Result<std::size_t> result = 99;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  theirs.close();
  (void)co_await reader.join();
  EXPECT_EQ(result, 0U);
}
TEST(Lifetime, an_end_that_comes_late_is_read) {
  async::block_on(late_end());
}

Task<> end_between_reads() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  co_await write(theirs, "words");
  (void)co_await reader.join();
  EXPECT_EQ(result, 5U);
  // Nobody reads now, and the source thinks that there is nothing to read.
  theirs.close();
  co_await turns(2);
  std::array<std::byte, 64> buffer;
  const auto end = co_await mine.read(buffer);
  EXPECT_EQ(end, 0U);
}
TEST(Lifetime, an_end_that_comes_while_nobody_reads_is_read_later) {
  async::block_on(end_between_reads());
}

Task<> cancel_against_ready() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  co_await write(theirs, "kept");
  std::array<std::byte, 64> buffer;
  const auto count = co_await mine.read(buffer);
  EXPECT_EQ(text_of(std::span(buffer).first(count.value_or(0))), "kept");
}
TEST(Lifetime, a_read_that_was_cancelled_has_taken_no_byte) {
  async::block_on(cancel_against_ready());
}

Task<> cancel_a_ready_read() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  co_await write(theirs, "here");
  co_await turns(1);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result, 4U);
}
TEST(Lifetime, a_read_that_is_ready_when_it_is_cancelled_gives_its_bytes) {
  async::block_on(cancel_a_ready_read());
}

Task<> close_other(TcpStream& first, std::optional<TcpStream>& second,
                   std::optional<std::pair<TcpStream, TcpStream>>& fresh) {
  std::array<std::byte, 8> buffer;
  const auto count = co_await first.read(buffer);
  EXPECT_EQ(count, 1U);
  second.reset();
  fresh.emplace(stream_pair());
}
Task<> reuse_a_number() {
  auto [a, a_peer] = stream_pair();
  auto pair = stream_pair();
  std::optional<TcpStream> b(std::move(pair.first));
  TcpStream b_peer(std::move(pair.second));
  const int number = b->socket()->fd();
  std::optional<std::pair<TcpStream, TcpStream>> fresh;
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto closer = async::spawn(close_other(a, b, fresh));
  auto reader = async::spawn(read_once(*b, result, alive));
  co_await turns(2);
  // Both become ready in the same batch of events; the first closes the second.
  co_await write(a_peer, "x");
  co_await write(b_peer, "y");
  (void)co_await closer.join();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(fresh->first.socket()->fd(), number) << "the kernel gives the lowest number out again";
  // The new socket of that number hears nothing of the old one's events.
  sys::Result<std::size_t> of_new = 0;
  auto new_reader = async::spawn(read_once(fresh->first, of_new, alive));
  co_await turns(4);
  EXPECT_FALSE(new_reader.done());
  EXPECT_EQ(async::Runtime::here().counters().woken_for_nothing, 0U);
  co_await write(fresh->second, "new");
  (void)co_await new_reader.join();
  EXPECT_EQ(of_new, 3U);
}
TEST(Lifetime, a_descriptor_number_that_is_used_again_in_the_same_batch_is_a_new_socket) {
  async::block_on(reuse_a_number());
}

Task<> duplicate_outlives() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  // As a child process would hold it: closing ours does not end the kernel's registration.
  const epoll::UniqueFd duplicate(::fcntl(mine.socket()->fd(), F_DUPFD_CLOEXEC, 0));
  reader.cancel();
  (void)co_await reader.join();
  mine.close();
  const auto events = async::Runtime::here().counters().events;
  co_await write(theirs, "for nobody");
  co_await turns(3);
  EXPECT_EQ(async::Runtime::here().counters().events, events);
  EXPECT_EQ(async::Runtime::here().loop().sources(), 0U);
}
TEST(Lifetime, a_closed_socket_whose_duplicate_lives_on_is_heard_of_no_more) {
  async::block_on(duplicate_outlives());
}

TEST(Lifetime, a_socket_may_outlive_its_runtime_and_be_closed_after_it) {
  const sys::DescriptorWatch watch;
  {
    auto [mine, theirs] = stream_pair();
    sys::Result<std::size_t> result = 0;
    int alive = 0;
    {
      auto runtime = async::Runtime::create().value();
      runtime->spawn(read_once(mine, result, alive));
      runtime->block_on(turns(2));
    }
    mine.close();
  }
  EXPECT_EQ(watch.change(), 0);
}

// Reads until that is impossible, a byte at a time: more often than one turn allows.
Task<> read_all_bytes(TcpStream& stream, std::size_t& count, std::error_code& error) {
  std::array<std::byte, 1> byte;
  while (true) {
    const auto read = co_await stream.read(byte);
    if (!read) {
      error = read.error();
      break;
    }
    ++count;
  }
}
Task<> destroy_a_put_off_one() {
  auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
  co_await write(pair->second, std::string(1000, 'x'));
  std::size_t count = 0;
  std::error_code error;
  auto reader = async::spawn(read_all_bytes(pair->first, count, error));
  co_await turns(1);
  EXPECT_LT(count, 1000U) << "its turn is over, and the next read comes behind us";
  pair.reset();
  (void)co_await reader.join();
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
}
TEST(Lifetime, a_socket_that_is_destroyed_before_a_read_that_was_put_off_ends_the_read) {
  async::block_on(destroy_a_put_off_one());
}

Task<> read_and_drop(std::unique_ptr<TcpStream> stream, int& times) {
  std::array<std::byte, 8> buffer;
  const auto count = co_await stream->read(buffer);
  EXPECT_EQ(count, 1U);
  stream.reset();
  co_await turns(1);
  ++times;
}
Task<> destroy_its_own() {
  auto pair = stream_pair();
  int times = 0;
  auto mine = std::make_unique<TcpStream>(std::move(pair.first));
  auto reader = async::spawn(read_and_drop(std::move(mine), times));
  co_await turns(2);
  co_await write(pair.second, "x");
  (void)co_await reader.join();
  EXPECT_EQ(times, 1);
}
TEST(Lifetime, a_task_may_destroy_the_socket_that_it_was_resumed_by) {
  async::block_on(destroy_its_own());
}

Task<> more_and_the_end_at_once() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  co_await write(theirs, std::string(150, 'x'));
  theirs.close();
  (void)co_await reader.join();
  EXPECT_EQ(result, 64U);
  for (const std::size_t expected : {64U, 22U, 0U, 0U}) {
    co_await read_once(mine, result, alive);
    EXPECT_EQ(result, expected);
  }
}
TEST(Lifetime, more_bytes_than_a_read_takes_and_the_end_in_one_turn_are_all_read) {
  async::block_on(more_and_the_end_at_once());
}

Task<> cancel_and_close(bool close_first) {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  if (close_first) mine.close();
  reader.cancel();
  mine.close();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
}
TEST(Lifetime, cancelled_and_closed_in_one_turn_a_read_ends_once) {
  async::block_on(cancel_and_close(false));
  async::block_on(cancel_and_close(true));
}

// -- from other threads ---------------------------------------------------------------------------

Task<> read_or_be_cancelled(TcpStream& stream, int& times, std::size_t& got) {
  std::array<std::byte, 8> buffer;
  const auto count = co_await stream.read(buffer);
  ++times;
  if (count) {
    got += *count;
  } else {
    EXPECT_EQ(count.error(), std::errc::operation_canceled);
  }
}
Task<> read_the_rest(TcpStream& stream, std::size_t& got) {
  while (got < 1) {
    std::array<std::byte, 8> buffer;
    const auto count = co_await stream.read(buffer);
    EXPECT_TRUE(count);
    got += count.value_or(1);
  }
}
TEST(Lifetime, cancelled_by_some_threads_and_fed_by_another_a_read_ends_once_and_no_byte_is_lost) {
  auto runtime = async::Runtime::create().value();
  for (int round = 0; round < 100; ++round) {
    auto [mine, theirs] = stream_pair();
    int times = 0;
    std::size_t got = 0;
    const auto handle = runtime->spawn(read_or_be_cancelled(mine, times, got));
    std::latch start(3);
    const async::Canceller cancel = handle.canceller();
    const auto cancel_it = [&start, cancel] {
      start.arrive_and_wait();
      cancel();
    };
    std::thread first(cancel_it), second(cancel_it);
    std::thread feeder([&start, fd = theirs.socket()->fd()] {
      start.arrive_and_wait();
      EXPECT_EQ(::send(fd, "x", 1, MSG_NOSIGNAL), 1);
    });
    ASSERT_TRUE(runtime->run());
    for (std::thread* const thread : {&first, &second, &feeder}) thread->join();
    EXPECT_EQ(times, 1);
    runtime->block_on(read_the_rest(mine, got));
    EXPECT_EQ(got, 1U);
  }
}

}  // namespace
