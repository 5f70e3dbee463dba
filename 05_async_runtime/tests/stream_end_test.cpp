// Operations of a stream that do not come to their end: cancelled on the way, or their socket closed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "testing.hpp"

namespace {

using async::Task;
using async::TcpStream;
using async::testing::error_of;
using async::testing::fill;
using async::testing::make_tiny;
using async::testing::pattern;
using async::testing::stream_pair;
using async::testing::text_of;
using async::testing::turns;
using namespace std::chrono_literals;

// -- cancelled ----------------------------------------------------------------------------------

Task<> fill_buffer(TcpStream& stream, std::span<std::byte> buffer, sys::Result<>& result) {
  result = co_await stream.read_exactly(buffer);
}
Task<> send(TcpStream& stream, std::string_view text) {
  const auto written = co_await stream.write_all(text);
  EXPECT_TRUE(written);
}
Task<> expect_next(TcpStream& stream, std::string_view expected) {
  std::array<std::byte, 64> buffer;
  const auto count = co_await stream.read(buffer);
  EXPECT_EQ(text_of(std::span(buffer).first(count.value_or(0))), expected);
}

Task<> read_exactly_midway() {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer{};
  sys::Result<> result;
  auto reader = async::spawn(fill_buffer(b, buffer, result));
  co_await send(a, "abc");
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_EQ(text_of(std::span(buffer).first(3)), "abc");
  co_await send(a, "def");
  co_await expect_next(b, "def");
}
TEST(StreamCancelled, read_exactly_leaves_what_has_come_at_the_front_of_its_buffer) {
  async::block_on(read_exactly_midway());
}

Task<> read_exactly_in_the_same_turn(std::string_view arrives, std::error_code expected) {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer{};
  sys::Result<> result;
  auto reader = async::spawn(fill_buffer(b, buffer, result));
  co_await turns(2);
  co_await send(a, arrives);
  co_await turns(1);  // the event is told; the reader comes behind us
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(error_of(result), expected);
  EXPECT_EQ(text_of(std::span(buffer).first(arrives.size())), arrives);
}
TEST(StreamCancelled, read_exactly_whose_bytes_are_all_there_has_its_result) {
  async::block_on(read_exactly_in_the_same_turn("12345678", {}));
}
TEST(StreamCancelled, read_exactly_that_still_has_to_wait_ends) {
  async::block_on(
      read_exactly_in_the_same_turn("1234", std::make_error_code(std::errc::operation_canceled)));
}

Task<> read_line(TcpStream& stream, std::string& text, sys::Result<std::size_t>& result) {
  result = co_await stream.read_until(text, "\n");
}
Task<> read_until_in_the_same_turn() {
  auto [a, b] = stream_pair();
  std::string text;
  sys::Result<std::size_t> result;
  auto reader = async::spawn(read_line(b, text, result));
  co_await turns(2);
  co_await send(a, "half a ");
  co_await turns(1);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_EQ(text, "half a ") << "everything that was read is in the text";
  co_await send(a, "line\n");
  result = co_await b.read_until(text, "\n");
  EXPECT_EQ(result, 12U);
}
TEST(StreamCancelled, read_until_keeps_in_its_text_what_came_in_the_last_turn) {
  async::block_on(read_until_in_the_same_turn());
}

Task<> write_whole(TcpStream& stream, std::span<const std::byte> bytes, sys::Result<>& result) {
  result = co_await stream.write_all(bytes);
}
Task<> read_to_the_end(TcpStream& stream, std::vector<std::byte>& all) {
  std::array<std::byte, 4096> buffer;
  while (true) {
    const auto count = co_await stream.read(buffer);
    EXPECT_TRUE(count);
    if (!count || *count == 0) break;
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}
Task<> write_all_midway() {
  auto [a, b] = stream_pair();
  make_tiny(a);
  const auto sent = pattern(1'048'576);
  sys::Result<> result;
  auto writer = async::spawn(write_whole(a, sent, result));
  co_await turns(3);
  std::array<std::byte, 5000> first;
  const auto read = co_await b.read_exactly(first);  // room for some more of it
  EXPECT_TRUE(read);
  co_await turns(3);
  EXPECT_FALSE(writer.done());
  writer.cancel();
  (void)co_await writer.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  a.close();
  std::vector<std::byte> received(first.begin(), first.end());
  co_await read_to_the_end(b, received);
  EXPECT_GT(received.size(), first.size()) << "this test has seen next to nothing";
  EXPECT_LT(received.size(), sent.size());
  EXPECT_TRUE(std::ranges::equal(received, std::span(sent).first(received.size())))
      << "a first part of it: nothing left out, nothing twice";
}
TEST(StreamCancelled, write_all_has_sent_a_first_part_of_its_bytes) {
  async::block_on(write_all_midway());
}

Task<> write_pieces(TcpStream& stream, std::span<const std::byte> bytes, std::size_t& taken) {
  while (true) {
    const auto left = bytes.subspan(taken);
    const auto half = left.size() / 2;
    auto* const begin = const_cast<std::byte*>(left.data());
    const std::array<iovec, 2> pieces{iovec{begin, half}, iovec{begin + half, left.size() - half}};
    const auto count = co_await stream.write_vectored(pieces);
    if (!count) break;
    taken += *count;
  }
}
Task<> write_vectored_cancelled() {
  auto [a, b] = stream_pair();
  make_tiny(a);
  const auto sent = pattern(1'048'576);
  std::size_t taken = 0;
  auto writer = async::spawn(write_pieces(a, sent, taken));
  co_await turns(5);
  EXPECT_FALSE(writer.done());
  writer.cancel();
  (void)co_await writer.join();
  a.close();
  std::vector<std::byte> received;
  co_await read_to_the_end(b, received);
  EXPECT_GT(taken, 0U);
  EXPECT_TRUE(std::ranges::equal(received, std::span(sent).first(taken)));
}
TEST(StreamCancelled, write_vectored_has_written_nothing) {
  async::block_on(write_vectored_cancelled());
}

// -- closed -------------------------------------------------------------------------------------

// Every way to wait for a stream, on which nothing comes and into which nothing goes.
using Way = Task<> (*)(TcpStream&, std::error_code&);

Task<> by_read(TcpStream& stream, std::error_code& error) {
  std::array<std::byte, 8> buffer;
  const auto result = co_await stream.read(buffer);
  error = error_of(result);
}
Task<> by_read_with_a_limit(TcpStream& stream, std::error_code& error) {
  std::array<std::byte, 8> buffer;
  const auto result = co_await async::timeout(1h, stream.read(buffer));
  error = error_of(result);
}
Task<> by_read_exactly(TcpStream& stream, std::error_code& error) {
  std::array<std::byte, 8> buffer;
  const auto result = co_await stream.read_exactly(buffer);
  error = error_of(result);
}
Task<> by_read_until(TcpStream& stream, std::error_code& error) {
  std::string text;
  const auto result = co_await stream.read_until(text, "\n");
  error = error_of(result);
}
Task<> by_write(TcpStream& stream, std::error_code& error) {
  const std::array<std::byte, 8> bytes{};
  const auto result = co_await stream.write(bytes);
  error = error_of(result);
}
Task<> by_write_with_a_limit(TcpStream& stream, std::error_code& error) {
  const std::array<std::byte, 8> bytes{};
  const auto result = co_await async::timeout(1h, stream.write(bytes));
  error = error_of(result);
}
Task<> by_write_all(TcpStream& stream, std::error_code& error) {
  const std::vector<std::byte> bytes(1'000'000);
  const auto result = co_await stream.write_all(bytes);
  error = error_of(result);
}
Task<> by_write_vectored(TcpStream& stream, std::error_code& error) {
  std::array<std::byte, 8> bytes{};
  const std::array<iovec, 1> pieces{iovec{bytes.data(), bytes.size()}};
  const auto result = co_await stream.write_vectored(pieces);
  error = error_of(result);
}
constexpr auto kWays = {by_read,  by_read_with_a_limit,  by_read_exactly, by_read_until,
                        by_write, by_write_with_a_limit, by_write_all,    by_write_vectored};

Task<> close_under(Way wait) {
  auto [a, b] = stream_pair();
  fill(a);
  std::error_code error;
  auto waiting = async::spawn(wait(a, error));
  co_await turns(3);
  EXPECT_FALSE(waiting.done());
  a.close();
  (void)co_await waiting.join();
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
  error.clear();
  co_await wait(a, error);
  EXPECT_EQ(error, std::errc::bad_file_descriptor) << "who comes later is refused at once";
  EXPECT_EQ(async::Runtime::here().loop().timers().size(), 0U);
  std::vector<std::byte> all;
  co_await read_to_the_end(b, all);  // and the peer sees the end
}
TEST(StreamClosed, whoever_waits_for_it_wakes_up_with_an_error) {
  for (const Way wait : kWays) async::block_on(close_under(wait));
}

Task<> destroy_under(Way wait) {
  auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
  fill(pair->first);
  std::error_code error;
  auto waiting = async::spawn(wait(pair->first, error));
  co_await turns(3);
  EXPECT_FALSE(waiting.done());
  pair.reset();
  (void)co_await waiting.join();
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
}
TEST(StreamClosed, whoever_waits_for_one_that_is_destroyed_wakes_up_with_an_error) {
  for (const Way wait : kWays) async::block_on(destroy_under(wait));
}

Task<> close_under_both() {
  auto [a, b] = stream_pair();
  fill(a);
  std::error_code of_reader, of_writer;
  auto reader = async::spawn(by_read(a, of_reader));
  auto writer = async::spawn(by_write_all(a, of_writer));
  co_await turns(3);
  a.close();
  (void)co_await reader.join();
  (void)co_await writer.join();
  EXPECT_EQ(of_reader, std::errc::bad_file_descriptor);
  EXPECT_EQ(of_writer, std::errc::bad_file_descriptor);
}
TEST(StreamClosed, its_reader_and_its_writer_wake_up_both) {
  async::block_on(close_under_both());
}

Task<> close_one_half() {
  auto [a, b] = stream_pair();
  auto halves = std::move(a).split();
  std::error_code error;
  const auto read = [](async::ReadHalf<epoll::TcpStream>& half, std::error_code& told) -> Task<> {
    std::array<std::byte, 8> buffer;
    const auto result = co_await half.read(buffer);
    told = error_of(result);
  };
  auto reader = async::spawn(read(halves.first, error));
  co_await turns(2);
  halves.second.close();
  (void)co_await reader.join();
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
  EXPECT_EQ(halves.second.shutdown().error(), std::errc::bad_file_descriptor);
}
TEST(StreamClosed, a_half_closes_it_for_the_other_half_as_well) {
  async::block_on(close_one_half());
}

}  // namespace
