#include "epoll/stream_socket.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tcp_pair.hpp"

namespace {

using epoll::Shutdown;
using tcp_pair::fill;
using tcp_pair::read;
using tcp_pair::read_all;
using tcp_pair::write;

class StreamSocket : public testing::Test {
 protected:
  StreamSocket() { tcp_pair::count_sigpipes(); }
  ~StreamSocket() override { EXPECT_EQ(tcp_pair::sigpipes, 0); }
  tcp_pair::Pair pair_ = tcp_pair::local();
};

TEST_F(StreamSocket, carries_bytes_in_both_directions) {
  EXPECT_EQ(write(pair_.client, "question"), 8u);
  EXPECT_EQ(read(pair_.server), "question");
  EXPECT_EQ(write(pair_.server, "answer"), 6u);
  EXPECT_EQ(read(pair_.client), "answer");
}

TEST_F(StreamSocket, carries_every_byte_there_is) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  ASSERT_EQ(write(pair_.client, all), 256u);
  EXPECT_EQ(read(pair_.server), all);
}

TEST_F(StreamSocket, reading_nothing_would_block) {
  const auto nothing = read(pair_.server);
  ASSERT_FALSE(nothing);
  EXPECT_TRUE(sys::would_block(sys::error_of(nothing)));
}

TEST_F(StreamSocket, reads_no_more_than_there_is_room_for) {
  ASSERT_TRUE(write(pair_.client, "abc"));
  std::array<std::byte, 2> two{};
  EXPECT_EQ(pair_.server.read(two), 2u);
  EXPECT_EQ(event_source::text_of(two), "ab");
  EXPECT_EQ(read(pair_.server), "c");
}

TEST_F(StreamSocket, reads_zero_at_the_end_and_not_before_all_is_read) {
  ASSERT_TRUE(write(pair_.client, "the last of it"));
  pair_.client.close();
  EXPECT_EQ(read(pair_.server), "the last of it");
  EXPECT_EQ(read(pair_.server), "");
  EXPECT_EQ(read(pair_.server), "");
}

TEST_F(StreamSocket, writes_what_there_is_room_for_and_then_would_block) {
  ASSERT_TRUE(epoll::set_option(pair_.client.fd(), SOL_SOCKET, SO_SNDBUF, 4096));
  const std::string much(1 << 20, 'x');
  const auto first = write(pair_.client, much);
  ASSERT_TRUE(first);
  EXPECT_GT(*first, 0u);
  EXPECT_LT(*first, much.size()) << "a part was taken, and the caller has to be told";
  const std::size_t total = *first + fill(pair_.client);
  EXPECT_TRUE(sys::would_block(sys::error_of(write(pair_.client, "x"))));

  EXPECT_EQ(read_all(pair_.server).size(), total) << "what was taken arrives, and no more";
  EXPECT_TRUE(write(pair_.client, "x")) << "there is room again";
}

TEST_F(StreamSocket, a_vectored_write_joins_its_pieces_in_order) {
  std::string head = "head, ";
  std::string nothing;
  std::string body = "body";
  const std::array pieces{iovec{head.data(), head.size()}, iovec{nothing.data(), 0},
                          iovec{body.data(), body.size()}};
  EXPECT_EQ(pair_.client.write_vectored(pieces), 10u);
  EXPECT_EQ(read(pair_.server), "head, body");
}

TEST_F(StreamSocket, a_vectored_write_may_end_in_the_middle_of_a_piece) {
  ASSERT_TRUE(epoll::set_option(pair_.client.fd(), SOL_SOCKET, SO_SNDBUF, 4096));
  std::string much(1 << 19, 'x');
  const std::array pieces{iovec{much.data(), much.size()}, iovec{much.data(), much.size()}};
  const auto count = pair_.client.write_vectored(pieces);
  ASSERT_TRUE(count);
  EXPECT_GT(*count, 0u);
  EXPECT_LT(*count, 2 * much.size());
  EXPECT_EQ(read_all(pair_.server).size(), *count);
}

TEST_F(StreamSocket, a_vectored_write_takes_the_first_pieces_of_too_many) {
  std::string letter = "x";
  const std::vector<iovec> pieces(3000, iovec{letter.data(), 1});
  const auto count = pair_.client.write_vectored(pieces);
  ASSERT_TRUE(count) << sys::error_of(count).message();
  EXPECT_GT(*count, 0u);
  EXPECT_EQ(read_all(pair_.server).size(), *count);
}

TEST_F(StreamSocket, writing_to_a_peer_that_is_gone_is_an_error_and_no_signal) {
  pair_.server.close();
  EXPECT_EQ(sys::error_of(write(pair_.client, "x")), std::errc::broken_pipe);
  std::string text = "x";
  const std::array pieces{iovec{text.data(), text.size()}};
  EXPECT_EQ(sys::error_of(pair_.client.write_vectored(pieces)), std::errc::broken_pipe);
}

TEST_F(StreamSocket, after_a_shutdown_of_writing_the_peer_reads_the_end_and_can_answer) {
  ASSERT_TRUE(write(pair_.client, "question"));
  ASSERT_TRUE(pair_.client.shutdown(Shutdown::write));
  EXPECT_EQ(sys::error_of(write(pair_.client, "more")), std::errc::broken_pipe);
  EXPECT_EQ(read(pair_.server), "question");
  EXPECT_EQ(read(pair_.server), "");
  ASSERT_TRUE(write(pair_.server, "answer"));
  EXPECT_EQ(read(pair_.client), "answer");
}

TEST_F(StreamSocket, after_a_shutdown_of_reading_there_is_nothing_more_to_read) {
  ASSERT_TRUE(pair_.server.shutdown(Shutdown::read));
  EXPECT_EQ(read(pair_.server), "");
  ASSERT_TRUE(write(pair_.server, "can still speak"));
  EXPECT_EQ(read(pair_.client), "can still speak");
}

TEST_F(StreamSocket, a_shutdown_of_both_is_the_end_in_spite_of_a_duplicate) {
  const epoll::UniqueFd duplicate(
      sys::call<::fcntl>(pair_.server.fd(), F_DUPFD_CLOEXEC, 0).value());
  ASSERT_TRUE(pair_.server.shutdown(Shutdown::both));
  EXPECT_EQ(read(pair_.client), "");
  EXPECT_EQ(read(pair_.server), "");
}

TEST_F(StreamSocket, a_socket_without_an_error_has_none_to_take) {
  EXPECT_TRUE(pair_.client.take_error());
}

TEST_F(StreamSocket, an_error_is_taken_once) {
  auto [client, server] = tcp_pair::connected();
  tcp_pair::reset(client);
  event_source::Watched(server.fd(), epoll::Interest::none()).wait();
  EXPECT_EQ(sys::error_of(server.take_error()), std::errc::connection_reset);
  EXPECT_TRUE(server.take_error()) << "the kernel forgets it when it has told it";
}

TEST_F(StreamSocket, an_error_of_the_query_is_reported_too) {
  pair_.client.close();
  EXPECT_EQ(sys::error_of(pair_.client.take_error()), std::errc::bad_file_descriptor);
}

TEST_F(StreamSocket, a_signal_does_not_end_a_read_or_a_write) {
  const auto with_a_signal = [](auto action) {
    sys::FailNth interrupted(1, EINTR);
    sys::ScopedObserver watching(interrupted);
    return action();
  };
  EXPECT_EQ(with_a_signal([this] { return write(pair_.client, "x"); }), 1u);
  EXPECT_EQ(with_a_signal([this] { return read(pair_.server); }), "x");
  std::string text = "yz";
  const std::array pieces{iovec{text.data(), text.size()}};
  EXPECT_EQ(with_a_signal([&] { return pair_.client.write_vectored(pieces); }), 2u);
}

TEST_F(StreamSocket, reading_and_writing_cost_one_call_each) {
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  ASSERT_TRUE(write(pair_.client, "x"));
  ASSERT_TRUE(read(pair_.server));
  EXPECT_EQ(calls.summary(), "recv 1, send 1");
}

TEST_F(StreamSocket, is_closed_by_its_owner_or_at_once) {
  const sys::DescriptorWatch watch;
  {
    tcp_pair::Pair pair = tcp_pair::local();
    EXPECT_EQ(watch.change(), 2);
    pair.client.close();
    EXPECT_EQ(watch.change(), 1);
    EXPECT_EQ(pair.client.fd(), -1);
    EXPECT_EQ(sys::error_of(read(pair.client)), std::errc::bad_file_descriptor);
    EXPECT_EQ(sys::error_of(write(pair.client, "x")), std::errc::bad_file_descriptor);
  }
  EXPECT_EQ(watch.change(), 0);
}

}  // namespace
