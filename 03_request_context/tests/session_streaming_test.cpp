// Answers in pieces, for bodies that are too large to hold in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "http/session.hpp"
#include "requests.hpp"
#include "session_driver.hpp"

namespace {

using http::Next;
using http::Phase;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string kHead = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

auto hello_world(std::optional<std::uint64_t> length) {
  return [length](http::Session& s) {
    s.respond_streaming(http::Response(200), length);
    s.append_body(http::as_bytes("hello "));
    s.append_body(http::as_bytes("world"));
    s.end_body();
  };
}

TEST(SessionStreaming, an_announced_length_is_a_content_length) {
  SessionDriver client;
  client.answer = hello_world(11);
  client.receive(kGet + kGet);
  const std::string one = kHead + "Content-Length: 11\r\n\r\nhello world";
  EXPECT_EQ(client.sent, one + one) << "and the connection goes on";
}

TEST(SessionStreaming, without_a_length_the_body_is_sent_in_chunks) {
  SessionDriver client;
  client.answer = hello_world(std::nullopt);
  client.receive(kGet + kGet);
  const std::string one =
      kHead + "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n";
  EXPECT_EQ(client.sent, one + one) << "and the connection goes on";
}

TEST(SessionStreaming, a_client_of_http_1_0_reads_to_the_end_of_the_connection) {
  SessionDriver client;
  client.answer = hello_world(std::nullopt);
  client.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.sent, kHead + "Connection: close\r\n\r\nhello world");
  EXPECT_EQ(client.shutdowns, 1);
}

TEST(SessionStreaming, head_gets_the_head_and_the_pieces_are_dropped) {
  for (const auto length : {std::optional<std::uint64_t>(11), std::optional<std::uint64_t>()}) {
    SessionDriver client;
    client.answer = hello_world(length);
    client.receive("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(client.sent, EndsWith("\r\n\r\n"));
    EXPECT_THAT(client.sent, Not(HasSubstr("hello")));
    EXPECT_EQ(client.session.phase(), Phase::idle) << "the connection goes on";
  }
}

TEST(SessionStreaming, what_is_made_is_sent_before_more_is_asked_for) {
  SessionDriver client;
  client.answer = [](http::Session&) {};  // the caller answers in its own time
  const auto room = client.session.input_space();
  std::memcpy(room.data(), kGet.data(), kGet.size());
  client.session.received(kGet.size());
  http::Session& session = client.session;
  ASSERT_EQ(session.advance(), Next::request);
  EXPECT_EQ(session.phase(), Phase::answering);

  session.respond_streaming(http::Response(200), 3'000'000);
  const std::vector<std::byte> piece(1000);
  std::size_t sent = 0;
  for (int i = 0; i < 3000; ++i) {
    session.append_body(piece);
    EXPECT_EQ(session.phase(), Phase::writing);
    ASSERT_EQ(session.advance(), Next::write);
    ASSERT_LE(session.output().size(), 1200u) << "memory stays constant, whatever the length";
    sent += session.output().size();
    session.sent(session.output().size());
    ASSERT_EQ(session.advance(), Next::request) << "more of the answer is wanted";
    EXPECT_EQ(session.phase(), Phase::answering);
    EXPECT_EQ(session.requests_answered(), 0u);
  }
  session.end_body();
  EXPECT_GT(sent, 3'000'000u);
  EXPECT_EQ(session.requests_answered(), 1u) << "its last byte is gone already";
  EXPECT_EQ(session.advance(), Next::read);
  EXPECT_EQ(session.phase(), Phase::idle);
}

TEST(SessionStreaming, more_than_was_announced_is_refused) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    s.respond_streaming(http::Response(200), 5);
    s.append_body(http::as_bytes("hell"));
    EXPECT_THROW(s.append_body(http::as_bytes("o!")), std::length_error);
    s.append_body(http::as_bytes("o"));
    s.end_body();
  };
  client.receive(kGet);
  EXPECT_EQ(client.sent, kHead + "Content-Length: 5\r\n\r\nhello");
}

// The client waits for what was announced; only the end of the connection tells it not to.
TEST(SessionStreaming, less_than_was_announced_ends_the_connection) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    s.respond_streaming(http::Response(200), 5);
    s.append_body(http::as_bytes("hell"));
    s.end_body();
  };
  client.receive(kGet + kGet);
  EXPECT_EQ(client.sent, kHead + "Content-Length: 5\r\n\r\nhell");
  EXPECT_EQ(client.shutdowns, 1);
}

TEST(SessionStreaming, pieces_without_a_head_are_a_mistake_of_the_program) {
  SessionDriver client;
  EXPECT_THROW(client.session.append_body(http::as_bytes("x")), std::logic_error);
  EXPECT_THROW(client.session.end_body(), std::logic_error);
  EXPECT_THROW(client.session.respond_streaming(http::Response(200)), std::logic_error);
}

TEST(SessionStreaming, an_empty_body_in_chunks_is_the_last_chunk) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    s.respond_streaming(http::Response(200));
    s.append_body({});
    s.end_body();
  };
  client.receive(kGet);
  EXPECT_EQ(client.sent, kHead + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

// A client of HTTP/1.0 knows the end of a body by the end of the connection. For HEAD there is none.
TEST(SessionStreaming, to_head_of_http_1_0_no_length_is_needed_to_keep_the_connection) {
  SessionDriver client;
  client.answer = hello_world(std::nullopt);
  const std::string rest = " / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  client.receive("HEAD" + rest);
  EXPECT_EQ(client.take_sent(), kHead + "Connection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.session.phase(), Phase::idle);
  client.receive("GET" + rest);
  EXPECT_EQ(client.take_sent(), kHead + "Connection: close\r\n\r\nhello world");
}

TEST(SessionStreaming, an_answer_that_is_being_streamed_is_the_answer) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    s.respond_streaming(http::Response(200), 0);
    EXPECT_THROW(s.respond(http::Response(200)), std::logic_error);
    s.end_body();
  };
  client.receive(kGet);
  EXPECT_EQ(client.sent, kHead + "Content-Length: 0\r\n\r\n");
}

}  // namespace
