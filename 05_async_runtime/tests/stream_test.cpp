// Streams: bytes both ways, and operations that do not come to their end, because they are cancelled on
// the way or their socket is closed.
#include "async/io/stream.hpp"
#include "testing.hpp"

namespace async::testing::stream_test {

using Stream = StreamPair;
using StreamCancelled = StreamPair;
using StreamClosed = StreamPair;

Task<> write_and_finish(TcpStream& stream, std::span<const std::byte> bytes) {
  EXPECT_TRUE(co_await stream.write_all(bytes));
  EXPECT_TRUE(stream.shutdown(epoll::Shutdown::write));
}
// Everything up to the end.
Task<std::vector<std::byte>> read_to_the_end(TcpStream& stream) {
  std::vector<std::byte> all;
  std::array<std::byte, 4096> buffer;
  while (true) {
    const auto count = co_await stream.read(buffer);
    EXPECT_TRUE(count);
    if (count.value_or(0) == 0) co_return all;
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

ASYNC_TEST_F(Stream, from_one_byte_to_a_megabyte_all_bytes_pass_through_tiny_buffers_in_order) {
  for (const std::size_t size : {1U, 2U, 4095U, 4096U, 4097U, 65'536U, 1'048'576U}) {
    auto [mine, theirs] = stream_pair();
    make_tiny(mine);
    make_tiny(theirs);
    const auto sent = pattern(size);
    auto writer = spawn(write_and_finish(mine, sent));
    EXPECT_TRUE(co_await read_to_the_end(theirs) == sent) << size;
    (void)co_await writer.join();
  }
}

Task<> read_in_pieces(TcpStream& stream, std::string& text) {
  std::array<std::byte, 4> four;
  while (const auto count = co_await stream.read(four))
    text += text_of(std::span(four).first(*count));
}
ASYNC_TEST_F(Stream, what_did_not_fit_the_buffer_is_read_next) {
  std::string text;
  auto reader = co_await started(read_in_pieces(a, text));
  // One edge for all of it: from there on, only the reads themselves can tell that there is more.
  co_await send(b, "hello world");
  co_await turns(10);
  EXPECT_EQ(text, "hello world");
  (void)co_await cancelled(reader);
}

ASYNC_TEST_F(Stream, read_exactly_says_that_the_end_came_first) {
  (void)co_await a.write_all("abc");
  a.close();
  EXPECT_EQ((co_await b.read_exactly(buffer)).error(), Errc::cut_short);
}

ASYNC_TEST_F(Stream, read_until_returns_line_by_line_and_keeps_what_follows) {
  (void)co_await a.write_all("one\r\ntwo\r\nrest");
  std::string text;
  for (const std::string_view expected : {"one\r\n", "two\r\n"}) {
    const auto size = co_await b.read_until(text, "\r\n");
    EXPECT_EQ(text.substr(0, size.value_or(0)), expected);
    text.erase(0, size.value_or(0));
  }
  EXPECT_EQ(text, "rest") << "what came behind is kept";
  a.close();
  EXPECT_EQ((co_await b.read_until(text, "\r\n")).error(), Errc::cut_short);
  EXPECT_EQ(text, "rest");
}

ASYNC_TEST_F(Stream, read_until_finds_a_delimiter_that_comes_in_two_pieces) {
  std::string text;
  auto reader = spawn(b.read_until(text, "\r\n"));
  (void)co_await a.write_all("x\r");
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  (void)co_await a.write_all("\n");
  EXPECT_EQ(co_await reader.join(), 3U);
}

ASYNC_TEST_F(Stream, read_until_reads_no_further_than_its_limit) {
  (void)co_await a.write_all("1234\n678\n");
  std::string text;
  EXPECT_EQ(co_await b.read_until(text, "\n", 5), 5U) << "the limit counts the delimiter, too";
  text.clear();
  EXPECT_EQ((co_await b.read_until(text, "\n", 3)).error(), std::errc::message_size);
  EXPECT_EQ(text, "678") << "and no byte more was read";
}

ASYNC_TEST_F(Stream, read_until_does_not_wait_for_what_the_text_already_shows) {
  std::string text = "123456";
  EXPECT_EQ((co_await timeout(1ms, b.read(buffer))).error(), std::errc::timed_out)
      << "from here on it is known to be empty";
  EXPECT_EQ((co_await b.read_until(text, "\n", 6)).error(), std::errc::message_size);
  text = "12\n";
  EXPECT_EQ(co_await b.read_until(text, "\n", 6), 3U);
}

ASYNC_TEST_F(Stream, an_operation_on_no_bytes_does_not_wait) {
  const std::span<std::byte> none;
  fill(b);
  // The first ones ask the kernel; when the others begin, the socket is known not to be ready.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(co_await b.read(none), 0U);
    EXPECT_TRUE(co_await b.read_exactly(none));
    EXPECT_EQ(co_await b.write(none), 0U);
    EXPECT_TRUE(co_await b.write_all(none));
    const iovec piece{nullptr, 0};
    EXPECT_EQ(co_await b.write_vectored(std::span(&piece, 1)), 0U);
    EXPECT_EQ(co_await b.write_vectored({}), 0U);
    EXPECT_EQ((co_await timeout(1ms, b.read(buffer))).error(), std::errc::timed_out);
    EXPECT_EQ((co_await timeout(1ms, b.write(buffer))).error(), std::errc::timed_out);
  }
}

ASYNC_TEST_F(Stream, write_vectored_writes_the_pieces_as_one) {
  std::string first = "one, ", second = "two";
  const std::array<iovec, 2> pieces{iovec{first.data(), first.size()},
                                    iovec{second.data(), second.size()}};
  EXPECT_EQ(co_await a.write_vectored(pieces), 8U);
  (void)co_await b.read_exactly(buffer);
  EXPECT_EQ(text_of(buffer), "one, two");
}

template <class Half>
Task<> send_half(Half half, std::span<const std::byte> bytes) {
  EXPECT_TRUE(co_await half.write_all(bytes));
  EXPECT_TRUE(half.shutdown());
}
template <class Half>
Task<> receive_half(Half half, std::span<std::byte> buffer) {
  EXPECT_TRUE(co_await half.read_exactly(buffer));
}
ASYNC_TEST_F(Stream, two_tasks_may_hold_a_half_each_and_the_last_of_them_closes) {
  make_tiny(a);
  make_tiny(b);
  const sys::DescriptorWatch watch;
  const auto sent = pattern(300'000);
  std::vector<std::byte> at_a(sent.size()), at_b(sent.size());
  auto a_halves = std::move(a).split();
  auto b_halves = std::move(b).split();
  TaskGroup group;
  group.spawn(receive_half(std::move(a_halves.first), at_a));
  group.spawn(send_half(std::move(a_halves.second), sent));
  group.spawn(receive_half(std::move(b_halves.first), at_b));
  group.spawn(send_half(std::move(b_halves.second), sent));
  (void)co_await group.join();
  EXPECT_TRUE(at_a == sent && at_b == sent);
  EXPECT_EQ(watch.change(), -2) << "both ends are closed, and not by the test";
}

ASYNC_TEST_F(Stream, a_second_reader_gets_an_error_that_says_so) {
  auto reader = co_await started(b.read(buffer));
  EXPECT_EQ((co_await read_once(b)).error(), Errc::already_waiting);
  (void)co_await a.write_all("x");
  EXPECT_EQ(co_await reader.join(), 1U) << "the first one is not disturbed";
}

ASYNC_TEST_F(Stream, closing_it_wakes_its_reader) {
  auto reader = co_await started(b.read(buffer));
  b.close();
  EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(b.shutdown(epoll::Shutdown::write).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(co_await a.read(buffer), 0U) << "the peer sees the end";
}

ASYNC_TEST_F(Stream, after_a_half_close_the_answer_still_comes) {
  (void)co_await a.write_all("question");
  EXPECT_TRUE(a.shutdown(epoll::Shutdown::write));
  EXPECT_EQ(co_await text_from(b), "question");
  EXPECT_EQ(co_await read_once(b), 0U);
  co_await send(b, "answer");
  EXPECT_EQ(co_await text_from(a), "answer");
}

ASYNC_TEST_F(Stream, a_cancelled_read_has_lost_no_byte) {
  auto reader = co_await started(b.read(buffer));
  reader.cancel();
  (void)co_await a.write_all("kept");
  auto count = co_await reader.join();
  if (!count) {
    EXPECT_EQ(count.error(), std::errc::operation_canceled);
    count = co_await b.read(buffer);
  }
  EXPECT_EQ(count, 4U);
  EXPECT_EQ(text_of(std::span(buffer).first(4)), "kept");
}

// Half a line comes so many turns before the read is cancelled.
Task<> cancel_a_read_until(int turns_before) {
  auto [a, b] = stream_pair();
  std::string text;
  auto reader = co_await started(b.read_until(text, "\r\n"));
  co_await send(a, "half a ");
  co_await turns(turns_before);
  EXPECT_EQ((co_await cancelled(reader)).error(), std::errc::operation_canceled);
  EXPECT_EQ(text, "half a ") << "everything that was read is in the text";
  co_await send(a, "line\r\n");
  EXPECT_EQ(co_await b.read_until(text, "\r\n"), 13U);
}
ASYNC_TEST_F(Stream, a_cancelled_read_until_continues_where_it_was) {
  co_await cancel_a_read_until(3);
}
ASYNC_TEST_F(StreamCancelled, read_until_keeps_in_its_text_what_came_in_the_last_turn) {
  co_await cancel_a_read_until(1);
}

// Writes until that fails; what was taken.
Task<std::size_t> write_until_cancelled(TcpStream& stream, std::span<const std::byte> bytes) {
  std::size_t taken = 0;
  while (const auto count = co_await stream.write(bytes.subspan(taken))) taken += *count;
  co_return taken;
}
Task<std::size_t> write_pieces_until_cancelled(TcpStream& stream,
                                               std::span<const std::byte> bytes) {
  std::size_t taken = 0;
  while (true) {
    const auto left = bytes.subspan(taken);
    const auto half = left.size() / 2;
    auto* const begin = const_cast<std::byte*>(left.data());
    const std::array<iovec, 2> pieces{iovec{begin, half}, iovec{begin + half, left.size() - half}};
    const auto count = co_await stream.write_vectored(pieces);
    if (!count) co_return taken;
    taken += *count;
  }
}
using Write = Task<std::size_t> (*)(TcpStream&, std::span<const std::byte>);
// A cancelled write has written nothing: what has come is what was taken by those before.
Task<> cancel_a_write(Write write) {
  auto [a, b] = stream_pair();
  make_tiny(a);
  const auto sent = pattern(1'048'576);
  auto writer = co_await started(write(a, sent), 5);
  EXPECT_FALSE(writer.done());
  const auto taken = co_await cancelled(writer);
  EXPECT_GT(*taken, 0U);
  a.close();
  const auto received = co_await read_to_the_end(b);
  EXPECT_TRUE(std::ranges::equal(received, std::span(sent).first(*taken)));
}
ASYNC_TEST_F(Stream, a_cancelled_write_has_written_nothing) {
  co_await cancel_a_write(write_until_cancelled);
}
ASYNC_TEST_F(StreamCancelled, write_vectored_has_written_nothing) {
  co_await cancel_a_write(write_pieces_until_cancelled);
}

ASYNC_TEST_F(StreamCancelled, read_exactly_leaves_what_has_come_at_the_front_of_its_buffer) {
  auto reader = spawn(b.read_exactly(buffer));
  co_await send(a, "abc");
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  EXPECT_EQ((co_await cancelled(reader)).error(), std::errc::operation_canceled);
  EXPECT_EQ(text_of(std::span(buffer).first(3)), "abc");
  co_await send(a, "def");
  EXPECT_EQ(co_await text_from(b), "def");
}

// `arrives` does so in the turn in which the read of 8 bytes is cancelled.
Task<> read_exactly_in_the_same_turn(std::string_view arrives, std::error_code expected) {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer{};
  auto reader = co_await started(b.read_exactly(buffer));
  co_await send(a, arrives);
  co_await turns(1);  // the event is told; the reader comes behind us
  EXPECT_EQ(error_of(co_await cancelled(reader)), expected);
  EXPECT_EQ(text_of(std::span(buffer).first(arrives.size())), arrives);
}
ASYNC_TEST_F(StreamCancelled, read_exactly_whose_bytes_are_all_there_has_its_result) {
  co_await read_exactly_in_the_same_turn("12345678", {});
}
ASYNC_TEST_F(StreamCancelled, read_exactly_that_still_has_to_wait_ends) {
  co_await read_exactly_in_the_same_turn("1234", make_error_code(std::errc::operation_canceled));
}

ASYNC_TEST_F(StreamCancelled, write_all_has_sent_a_first_part_of_its_bytes) {
  make_tiny(a);
  const auto sent = pattern(1'048'576);
  auto writer = co_await started(a.write_all(sent), 3);
  std::array<std::byte, 5000> first;
  const auto read = co_await b.read_exactly(first);  // room for some more of it
  EXPECT_TRUE(read);
  co_await turns(3);
  EXPECT_FALSE(writer.done());
  EXPECT_EQ((co_await cancelled(writer)).error(), std::errc::operation_canceled);
  a.close();
  std::vector<std::byte> received(first.begin(), first.end());
  const auto rest = co_await read_to_the_end(b);
  received.insert(received.end(), rest.begin(), rest.end());
  EXPECT_GT(received.size(), first.size()) << "this test has seen next to nothing";
  EXPECT_LT(received.size(), sent.size());
  EXPECT_TRUE(std::ranges::equal(received, std::span(sent).first(received.size())))
      << "a first part of it: nothing left out, nothing twice";
}

// Every way to wait for a stream, on which nothing comes and into which nothing goes: how it ended.
using Way = Task<std::error_code> (*)(TcpStream&);
// What the operations read into, or write.
class Room {
 public:
  Room() = default;
  std::vector<std::byte> bytes = std::vector<std::byte>(1'000'000);
  std::string text;
  iovec piece{bytes.data(), bytes.size()};
};
template <auto kBegin>
constexpr Way kWay = [](TcpStream& stream) -> Task<std::error_code> {
  Room room;
  co_return error_of(co_await kBegin(stream, room));
};
constexpr Way kRead = kWay<[](auto& stream, Room& room) { return stream.read(room.bytes); }>;
constexpr Way kWriteAll =
    kWay<[](auto& stream, Room& room) { return stream.write_all(room.bytes); }>;
constexpr std::initializer_list<Way> kWays = {
    kRead,
    kWay<[](auto& stream, Room& room) { return timeout(1h, stream.read(room.bytes)); }>,
    kWay<[](auto& stream, Room& room) { return stream.read_exactly(room.bytes); }>,
    kWay<[](auto& stream, Room& room) { return stream.read_until(room.text, "\n"); }>,
    kWay<[](auto& stream, Room& room) { return stream.write(room.bytes); }>,
    kWay<[](auto& stream, Room& room) { return timeout(1h, stream.write(room.bytes)); }>,
    kWriteAll,
    kWay<[](auto& stream, Room& room) { return stream.write_vectored(std::span(&room.piece, 1)); }>,
};
const auto kClosed = make_error_code(std::errc::bad_file_descriptor);

ASYNC_TEST_F(StreamClosed, a_task_that_waits_for_it_wakes_up_with_an_error) {
  for (const Way wait : kWays) {
    auto [mine, theirs] = stream_pair();
    fill(mine);
    auto waiting = co_await started(wait(mine), 3);
    EXPECT_FALSE(waiting.done());
    mine.close();
    EXPECT_EQ(co_await waiting.join(), kClosed);
    EXPECT_EQ(co_await wait(mine), kClosed) << "a later operation is refused at once";
    EXPECT_EQ(Runtime::here().loop().timers().size(), 0U);
    (void)co_await read_to_the_end(theirs);  // and the peer sees the end
  }
}

ASYNC_TEST_F(StreamClosed, a_task_that_waits_for_one_that_is_destroyed_wakes_up_with_an_error) {
  for (const Way wait : kWays) {
    auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
    fill(pair->first);
    auto waiting = co_await started(wait(pair->first), 3);
    EXPECT_FALSE(waiting.done());
    pair.reset();
    EXPECT_EQ(co_await waiting.join(), kClosed);
  }
}

ASYNC_TEST_F(StreamClosed, its_reader_and_its_writer_both_wake_up) {
  fill(a);
  auto reader = spawn(kRead(a));
  auto writer = co_await started(kWriteAll(a), 3);
  a.close();
  EXPECT_EQ(co_await reader.join(), kClosed);
  EXPECT_EQ(co_await writer.join(), kClosed);
}

ASYNC_TEST_F(StreamClosed, a_half_closes_it_for_the_other_half_as_well) {
  auto halves = std::move(a).split();
  auto reader = co_await started(halves.first.read(buffer));
  halves.second.close();
  EXPECT_EQ((co_await reader.join()).error(), kClosed);
  EXPECT_EQ(halves.second.shutdown().error(), kClosed);
}

}  // namespace async::testing::stream_test
