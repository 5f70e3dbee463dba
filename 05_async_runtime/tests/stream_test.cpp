#include "async/io/stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::TcpStream;
using async::testing::bytes_of;
using async::testing::make_tiny;
using async::testing::pattern;
using async::testing::stream_pair;
using async::testing::text_of;
using async::testing::turns;

Task<> write_all_of(TcpStream& stream, std::span<const std::byte> bytes) {
  const auto written = co_await stream.write_all(bytes);
  EXPECT_TRUE(written);
  EXPECT_TRUE(stream.shutdown(epoll::Shutdown::write));
}
Task<> read_into(TcpStream& stream, std::span<std::byte> buffer, sys::Result<std::size_t>& result) {
  result = co_await stream.read(buffer);
}

Task<> through_tiny_buffers(std::size_t size) {
  auto [a, b] = stream_pair();
  make_tiny(a);
  make_tiny(b);
  const auto sent = pattern(size);
  auto writer = async::spawn(write_all_of(a, sent));
  std::vector<std::byte> received(size);
  const auto whole = co_await b.read_exactly(received);
  EXPECT_TRUE(whole);
  EXPECT_TRUE(received == sent) << size;
  std::array<std::byte, 1> more;
  const auto end = co_await b.read(more);
  EXPECT_EQ(end, 0U);
  (void)co_await writer.join();
}
TEST(Stream, from_one_byte_to_a_megabyte_all_bytes_pass_through_tiny_buffers_in_order) {
  for (const std::size_t size : {1U, 2U, 4095U, 4096U, 4097U, 65'536U, 1'048'576U})
    async::block_on(through_tiny_buffers(size));
}

Task<> read_in_pieces(TcpStream& stream, std::string& text) {
  std::array<std::byte, 4> buffer;
  while (text.size() < 11) {
    const auto count = co_await stream.read(buffer);
    if (!count) co_return;
    text += text_of(std::span(buffer).first(*count));
  }
}
Task<> more_than_fits() {
  auto [mine, theirs] = stream_pair();
  std::string text;
  auto reader = async::spawn(read_in_pieces(mine, text));
  co_await turns(2);
  // One edge for all of it: from there on, only the reads themselves can tell that there is more.
  const auto written = co_await theirs.write_all(bytes_of("hello world"));
  EXPECT_TRUE(written);
  co_await turns(10);
  EXPECT_EQ(text, "hello world");
  reader.cancel();
  (void)co_await reader.join();
}
TEST(Stream, what_did_not_fit_the_buffer_is_read_next) {
  async::block_on(more_than_fits());
}

Task<> cut_short() {
  auto [a, b] = stream_pair();
  (void)co_await a.write_all("abc");
  a.close();
  std::array<std::byte, 4> buffer;
  const auto whole = co_await b.read_exactly(buffer);
  EXPECT_EQ(whole.error(), async::Errc::cut_short);
}
TEST(Stream, read_exactly_says_that_the_end_came_first) {
  async::block_on(cut_short());
}

Task<> lines() {
  auto [a, b] = stream_pair();
  (void)co_await a.write_all("one\r\ntwo\r\nrest");
  std::string text;
  for (const std::string_view expected : {"one\r\n", "two\r\n"}) {
    const auto size = co_await b.read_until(text, "\r\n");
    EXPECT_EQ(text.substr(0, size.value_or(0)), expected);
    text.erase(0, size.value_or(0));
  }
  EXPECT_EQ(text, "rest") << "what came behind is kept";
  a.close();
  const auto none = co_await b.read_until(text, "\r\n");
  EXPECT_EQ(none.error(), async::Errc::cut_short);
  EXPECT_EQ(text, "rest");
}
TEST(Stream, read_until_gives_line_by_line_and_keeps_what_came_behind) {
  async::block_on(lines());
}

Task<> read_line(TcpStream& stream, std::string& text, sys::Result<std::size_t>& result) {
  result = co_await stream.read_until(text, "\r\n");
}
Task<> split_delimiter() {
  auto [a, b] = stream_pair();
  std::string text;
  sys::Result<std::size_t> size;
  auto reader = async::spawn(read_line(b, text, size));
  (void)co_await a.write_all("x\r");
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  (void)co_await a.write_all("\n");
  (void)co_await reader.join();
  EXPECT_EQ(size, 3U);
}
TEST(Stream, read_until_finds_a_delimiter_that_comes_in_two_pieces) {
  async::block_on(split_delimiter());
}

Task<> limit() {
  auto [a, b] = stream_pair();
  (void)co_await a.write_all("1234\n678\n");
  std::string text;
  const auto fits = co_await b.read_until(text, "\n", 5);
  EXPECT_EQ(fits, 5U) << "the limit counts the delimiter, too";
  text.clear();
  const auto refused = co_await b.read_until(text, "\n", 3);
  EXPECT_EQ(refused.error(), std::errc::message_size);
  EXPECT_EQ(text, "678") << "and no byte more was read";
}
TEST(Stream, read_until_reads_no_further_than_its_limit) {
  async::block_on(limit());
}

Task<> limit_reached_before() {
  auto [a, b] = stream_pair();
  std::string text = "123456";
  std::array<std::byte, 1> buffer;
  const auto nothing_yet = co_await async::timeout(std::chrono::milliseconds(1), b.read(buffer));
  EXPECT_EQ(nothing_yet.error(), std::errc::timed_out) << "from here on it is known to be empty";
  const auto refused = co_await b.read_until(text, "\n", 6);
  EXPECT_EQ(refused.error(), std::errc::message_size);
  text = "12\n";
  const auto found = co_await b.read_until(text, "\n", 6);
  EXPECT_EQ(found, 3U);
}
TEST(Stream, read_until_does_not_wait_for_what_the_text_can_tell) {
  async::block_on(limit_reached_before());
}

Task<> of_no_bytes() {
  auto [a, b] = stream_pair();
  const std::span<std::byte> none;
  async::testing::fill(b);
  // The first ones ask the kernel; when the others begin, the socket is known not to be ready.
  for (int i = 0; i < 2; ++i) {
    const auto count = co_await b.read(none);
    EXPECT_EQ(count, 0U);
    const auto whole = co_await b.read_exactly(none);
    EXPECT_TRUE(whole);
    const auto written = co_await b.write(none);
    EXPECT_EQ(written, 0U);
    const auto all = co_await b.write_all(none);
    EXPECT_TRUE(all);
    const iovec piece{nullptr, 0};
    const auto vectored = co_await b.write_vectored(std::span(&piece, 1));
    EXPECT_EQ(vectored, 0U);
    const auto no_pieces = co_await b.write_vectored({});
    EXPECT_EQ(no_pieces, 0U);
    std::array<std::byte, 1> buffer;
    const auto nothing_yet = co_await async::timeout(std::chrono::milliseconds(1), b.read(buffer));
    EXPECT_EQ(nothing_yet.error(), std::errc::timed_out);
    const auto no_room = co_await async::timeout(std::chrono::milliseconds(1), b.write(buffer));
    EXPECT_EQ(no_room.error(), std::errc::timed_out);
  }
}
TEST(Stream, an_operation_on_no_bytes_does_not_wait) {
  async::block_on(of_no_bytes());
}

Task<> vectored() {
  auto [a, b] = stream_pair();
  std::string first = "one, ", second = "two";
  const std::array<iovec, 2> pieces{iovec{first.data(), first.size()},
                                    iovec{second.data(), second.size()}};
  const auto written = co_await a.write_vectored(pieces);
  EXPECT_EQ(written, 8U);
  std::array<std::byte, 8> buffer;
  (void)co_await b.read_exactly(buffer);
  EXPECT_EQ(text_of(buffer), "one, two");
}
TEST(Stream, write_vectored_writes_the_pieces_as_one) {
  async::block_on(vectored());
}

template <class Half>
Task<> send_half(Half half, std::span<const std::byte> bytes) {
  const auto written = co_await half.write_all(bytes);
  EXPECT_TRUE(written);
  EXPECT_TRUE(half.shutdown());
}
template <class Half>
Task<> receive_half(Half half, std::span<std::byte> buffer) {
  const auto whole = co_await half.read_exactly(buffer);
  EXPECT_TRUE(whole);
}
Task<> both_ways() {
  auto [a, b] = stream_pair();
  make_tiny(a);
  make_tiny(b);
  const auto sent = pattern(300'000);
  std::vector<std::byte> at_a(sent.size()), at_b(sent.size());
  auto a_halves = std::move(a).split();
  auto b_halves = std::move(b).split();
  async::TaskGroup group;
  group.spawn(receive_half(std::move(a_halves.first), at_a));
  group.spawn(send_half(std::move(a_halves.second), sent));
  group.spawn(receive_half(std::move(b_halves.first), at_b));
  group.spawn(send_half(std::move(b_halves.second), sent));
  (void)co_await group.join();
  EXPECT_TRUE(at_a == sent);
  EXPECT_TRUE(at_b == sent);
}
TEST(Stream, two_tasks_may_hold_a_half_each_and_the_last_of_them_closes) {
  const sys::DescriptorWatch watch;
  async::block_on(both_ways());
  EXPECT_EQ(watch.change(), 0);
}

Task<> second_reader() {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> first, second;
  sys::Result<std::size_t> count;
  auto reader = async::spawn(read_into(b, first, count));
  co_await turns(2);
  const auto refused = co_await b.read(second);
  EXPECT_EQ(refused.error(), async::Errc::already_waiting);
  (void)co_await a.write_all("x");
  (void)co_await reader.join();
  EXPECT_EQ(count, 1U) << "the first one is not disturbed";
}
TEST(Stream, a_second_reader_gets_an_error_that_says_so) {
  async::block_on(second_reader());
}

Task<> close_it() {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer;
  sys::Result<std::size_t> count;
  auto reader = async::spawn(read_into(b, buffer, count));
  co_await turns(2);
  b.close();
  (void)co_await reader.join();
  EXPECT_EQ(count.error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(b.shutdown(epoll::Shutdown::write).error(), std::errc::bad_file_descriptor);
  const auto end = co_await a.read(buffer);
  EXPECT_EQ(end, 0U) << "the peer sees the end";
}
TEST(Stream, closing_it_wakes_its_reader) {
  async::block_on(close_it());
}

Task<> half_close() {
  auto [a, b] = stream_pair();
  (void)co_await a.write_all("question");
  EXPECT_TRUE(a.shutdown(epoll::Shutdown::write));
  std::array<std::byte, 64> buffer;
  const auto count = co_await b.read(buffer);
  EXPECT_EQ(count, 8U);
  const auto end = co_await b.read(buffer);
  EXPECT_EQ(end, 0U);
  (void)co_await b.write_all("answer");
  const auto answer = co_await a.read(buffer);
  EXPECT_EQ(answer, 6U);
}
TEST(Stream, after_a_half_close_the_answer_still_comes) {
  async::block_on(half_close());
}

Task<> cancelled_read() {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer;
  sys::Result<std::size_t> count;
  auto reader = async::spawn(read_into(b, buffer, count));
  co_await turns(2);
  reader.cancel();
  (void)co_await a.write_all("kept");
  (void)co_await reader.join();
  if (!count) {
    EXPECT_EQ(count.error(), std::errc::operation_canceled);
    count = co_await b.read(buffer);
  }
  EXPECT_EQ(count, 4U);
  EXPECT_EQ(text_of(std::span(buffer).first(4)), "kept");
}
TEST(Stream, a_cancelled_read_has_lost_no_byte) {
  async::block_on(cancelled_read());
}

Task<> cancelled_line() {
  auto [a, b] = stream_pair();
  std::string text;
  sys::Result<std::size_t> size;
  auto reader = async::spawn(read_line(b, text, size));
  (void)co_await a.write_all("half a ");
  co_await turns(3);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(size.error(), std::errc::operation_canceled);
  EXPECT_EQ(text, "half a ") << "what was read is there";
  (void)co_await a.write_all("line\r\n");
  size = co_await b.read_until(text, "\r\n");
  EXPECT_EQ(size, 13U);
}
TEST(Stream, a_cancelled_read_until_goes_on_where_it_was) {
  async::block_on(cancelled_line());
}

Task<> write_until_cancelled(TcpStream& stream, std::span<const std::byte> bytes,
                             std::size_t& taken) {
  while (true) {
    const auto count = co_await stream.write(bytes.subspan(taken));
    if (!count) break;
    taken += *count;
  }
}
Task<> cancelled_write() {
  auto [a, b] = stream_pair();
  make_tiny(a);
  const auto sent = pattern(1'048'576);
  std::size_t taken = 0;
  auto writer = async::spawn(write_until_cancelled(a, sent, taken));
  co_await turns(5);
  EXPECT_FALSE(writer.done());
  writer.cancel();
  (void)co_await writer.join();
  a.close();
  std::vector<std::byte> received(taken);
  const auto whole = co_await b.read_exactly(received);
  EXPECT_TRUE(whole);
  EXPECT_TRUE(std::ranges::equal(received, std::span(sent).first(taken)));
  std::array<std::byte, 1> more;
  const auto end = co_await b.read(more);
  EXPECT_EQ(end, 0U) << "the cancelled write has written nothing";
}
TEST(Stream, a_cancelled_write_has_written_nothing) {
  async::block_on(cancelled_write());
}

}  // namespace
