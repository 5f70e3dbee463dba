#include "http/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "requests.hpp"
#include "session_driver.hpp"

namespace {

using http::Next;
using http::Phase;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// --- one request

TEST(Session, answers_a_request_and_keeps_the_connection) {
  SessionDriver client;
  client.receive(kGet);
  EXPECT_EQ(client.sent, answer_200("/a"));
  EXPECT_FALSE(client.closed);
  EXPECT_EQ(client.session.phase(), Phase::idle);
  EXPECT_EQ(client.session.requests_answered(), 1u);
}

// The original answered the first byte of a head, and the rest met a closed connection.
TEST(Session, answers_nothing_before_the_empty_line) {
  SessionDriver client;
  client.receive(kGet.substr(0, kGet.size() - 1), 1);
  EXPECT_EQ(client.sent, "");
  EXPECT_EQ(client.session.phase(), Phase::head);
  client.receive("\n");
  EXPECT_EQ(client.sent, answer_200("/a"));
}

// The original counted 4096 for every read, whatever it brought.
TEST(Session, counts_the_bytes_that_came_and_no_others) {
  SessionDriver client;
  client.receive("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.trace.requests, ElementsAre(18));
}

TEST(Session, counts_each_byte_once_in_whatever_pieces_they_come) {
  const std::string request = post("/", std::string(9'375, 'x'));
  for (const std::size_t piece : {1, 7, 4096}) {
    SessionDriver client;
    client.receive(request, piece);
    EXPECT_THAT(client.trace.requests, ElementsAre(request.size())) << piece;
    EXPECT_EQ(client.session.bytes_moved(), request.size() + client.sent.size());
  }
}

TEST(Session, waits_for_the_whole_body_however_small_its_pieces_are) {
  SessionDriver client;
  client.receive("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
  const std::string piece(100, 'b');
  for (int i = 0; i < 1999; ++i) client.receive(piece);
  EXPECT_EQ(client.sent, "");
  EXPECT_EQ(client.session.phase(), Phase::body);
  EXPECT_EQ(client.session.content_length(), 200'000u);
  client.receive(piece);
  EXPECT_EQ(client.sent, answer_200("/up"));
  EXPECT_EQ(client.bodies.at(0), std::string(200'000, 'b'));
  EXPECT_THAT(client.trace.lengths, ElementsAre(200'000));
}

// A body that is not text stopped one original from seeing the head, and sent another into a spin.
TEST(Session, a_body_is_any_bytes_and_comes_with_the_head_or_after_it) {
  const std::string body("\xff\xd8\xff\xe0\0\r\n\r\nGET", 13);
  const std::string request = post("/", body);
  for (const std::size_t piece : {request.size(), request.size() - 5, std::size_t{1}}) {
    SessionDriver client;
    client.receive(request, piece);
    EXPECT_THAT(client.bodies, ElementsAre(body)) << piece;
  }
}

TEST(Session, a_chunked_body_is_put_together_and_counted_as_it_came) {
  const std::string request =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n";
  for (const std::size_t piece : {1, 3, 1000}) {
    SessionDriver client;
    client.receive(request + kGet, piece);
    EXPECT_THAT(client.bodies, ElementsAre("hello world", "")) << piece;
    EXPECT_THAT(client.trace.requests, ElementsAre(request.size(), kGet.size())) << piece;
  }
}

TEST(Session, an_answer_to_head_has_the_length_of_the_body_and_not_the_body) {
  SessionDriver client;
  client.receive("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.sent, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(client.sent, EndsWith("\r\n\r\n"));
}

TEST(Session, sends_no_body_with_204_and_304) {
  for (const int status : {204, 304}) {
    SessionDriver client;
    client.answer = [&](http::Session& s) { s.respond(http::Response::text(status, "never")); };
    client.receive(kGet + kGet);
    EXPECT_THAT(client.sent, Not(HasSubstr("never"))) << status;
    EXPECT_THAT(client.sent, Not(HasSubstr("Content-Length"))) << status;
    EXPECT_EQ(client.session.requests_answered(), 2u);
  }
}

TEST(Session, an_interim_answer_ends_no_request) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    EXPECT_THROW(s.respond(http::Response(100)), std::invalid_argument);
    s.respond(http::Response::text(200, "later"));
    EXPECT_THROW(s.respond(http::Response(200)), std::logic_error) << "it is answered";
  };
  client.receive(kGet);
  EXPECT_EQ(client.sent, answer_200("later"));
}

TEST(Session, a_move_keeps_the_views_of_the_request) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    http::Session moved = std::move(s);
    EXPECT_EQ(moved.request().target, "/p");
    EXPECT_EQ(moved.request().fields.find("X-Long"), "value");
    EXPECT_EQ(moved.request().body_text(), "body");
    s = std::move(moved);
    s.respond(http::Response(200));
  };
  client.receive(post("/p", "body", "X-Long: value\r\n"));
  EXPECT_EQ(client.session.requests_answered(), 1u);
}

TEST(Session, the_same_bytes_get_the_same_answers_in_whatever_pieces_they_come) {
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\nDigest: 1\r\n\r\n";
  for (const std::string end : {"", "nonsense\r\n\r\n", "GET /last HTTP/1.0\r\n\r\n",
                                "POST / HTTP/1.1\r\nHost: x\r\nCont"}) {
    const std::string all =
        get("/1") + post("/2", "body") + "\r\n" + chunked + "HEAD /h HTTP/1.1\nHost: x\n\n" + end;
    std::string expected;
    for (std::size_t piece = all.size(); piece > 0; --piece) {
      SessionDriver client;
      client.receive(all, piece);
      client.receive_end();
      if (piece == all.size()) expected = client.sent;
      ASSERT_EQ(client.sent, expected) << "in pieces of " << piece;
      ASSERT_GE(client.session.requests_answered(), 4u);
      ASSERT_TRUE(client.closed);
    }
  }
}

// --- keeping the connection

TEST(Session, says_close_when_the_client_has_said_it) {
  SessionDriver client;
  client.receive("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.sent, answer_200("/a", "Connection: close\r\n"));
  EXPECT_EQ(client.session.phase(), Phase::closed) << "nothing can follow that would reset it";
  EXPECT_EQ(client.shutdowns, 0);
}

TEST(Session, lingers_when_bytes_follow_the_last_request) {
  SessionDriver client;
  client.receive("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nmore");
  EXPECT_EQ(client.sent, answer_200("/a", "Connection: close\r\n"));
  EXPECT_EQ(client.session.phase(), Phase::lingering);
  EXPECT_EQ(client.shutdowns, 1);
}

TEST(Session, lingers_when_it_is_the_server_that_ends_the_connection) {
  SessionDriver client;
  client.answer = [](http::Session& s) { s.respond(http::Response::text(200, "bye").close()); };
  client.receive(kGet);
  EXPECT_EQ(client.session.phase(), Phase::lingering) << "the client may have sent another request";
  EXPECT_EQ(client.shutdowns, 1);
}

TEST(Session, http_1_0_keeps_a_connection_only_when_both_say_so) {
  SessionDriver plain;
  plain.receive("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(plain.sent, answer_200("/a", "Connection: close\r\n"));
  EXPECT_EQ(plain.session.phase(), Phase::closed);

  SessionDriver keeping;
  keeping.receive("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_EQ(keeping.sent, answer_200("/a", "Connection: keep-alive\r\n"));
  EXPECT_EQ(keeping.session.phase(), Phase::idle);
}

TEST(Session, a_handler_can_end_the_connection) {
  SessionDriver client;
  client.answer = [](http::Session& s) { s.respond(http::Response::text(200, "bye").close()); };
  client.receive(kGet + kGet);
  EXPECT_EQ(client.sent, answer_200("bye", "Connection: close\r\n")) << "and only one answer";
}

// The original promised to keep the connection, answered one request, and dropped the second.
TEST(Session, answers_a_pipeline_in_order_and_in_one_write) {
  SessionDriver client;
  client.receive(get("/1") + post("/2", "body") + get("/3"));
  EXPECT_EQ(client.sent, answer_200("/1") + answer_200("/2") + answer_200("/3"));
  EXPECT_EQ(client.writes, 1);
  EXPECT_EQ(client.session.requests_answered(), 3u);
  EXPECT_EQ(client.trace.answers, 3);
}

TEST(Session, an_answer_counts_when_its_last_byte_is_gone) {
  SessionDriver client;
  client.reads_answers = false;
  client.receive(kGet);
  ASSERT_EQ(client.session.advance(), Next::write);
  EXPECT_EQ(client.session.phase(), Phase::writing);
  client.session.sent(client.session.output().size() - 1);
  EXPECT_EQ(client.session.requests_answered(), 0u);
  ASSERT_EQ(client.session.output().size(), 1u) << "what is left is what was not sent";
  client.session.sent(1);
  EXPECT_EQ(client.session.requests_answered(), 1u);
  EXPECT_EQ(client.session.phase(), Phase::idle);
}

// --- 100 Continue

// curl waits a second for it before it sends a body of more than 1 MiB: that second was the
// original's "1,010951".
TEST(Session, tells_a_client_that_waits_to_continue) {
  SessionDriver client;
  const std::string request = post("/", "body", "Expect: 100-continue\r\n");
  client.receive(request.substr(0, request.size() - 4));
  EXPECT_EQ(client.take_sent(), kContinue);
  EXPECT_EQ(client.session.requests_answered(), 0u);
  client.receive("body");
  EXPECT_EQ(client.sent, answer_200("/"));
}

TEST(Session, sends_100_in_a_pipeline_after_the_earlier_answers) {
  SessionDriver client;
  const std::string request = post("/2", "body", "Expect: 100-continue\r\n");
  client.receive(get("/1") + request.substr(0, request.size() - 4));
  EXPECT_EQ(client.sent, answer_200("/1") + kContinue);
}

TEST(Session, does_not_tell_a_client_that_does_not_wait) {
  SessionDriver sends_at_once;
  sends_at_once.receive(post("/", "body", "Expect: 100-continue\r\n"));
  EXPECT_EQ(sends_at_once.sent, answer_200("/"));

  SessionDriver has_nothing_to_send;
  has_nothing_to_send.receive("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(has_nothing_to_send.sent, answer_200("/"));

  SessionDriver old;
  old.receive("POST / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(old.sent, "") << "HTTP/1.0 knows no interim answers [RFC 9110 10.1.1]";
}

TEST(Session, tells_a_client_whose_body_is_too_large_not_to_send_it) {
  http::SessionOptions options;
  options.limits.body = 3;
  SessionDriver client(options);
  const std::string request = post("/", "body", "Expect: 100-continue\r\n");
  client.receive(request.substr(0, request.size() - 4));
  EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
}

// --- the client's end

TEST(Session, the_end_before_anything_is_no_request_and_gets_no_answer) {
  SessionDriver client;
  client.receive_end();
  EXPECT_EQ(client.sent, "");
  EXPECT_TRUE(client.closed);
  EXPECT_EQ(client.shutdowns, 0);
}

TEST(Session, the_end_between_two_requests_closes_the_connection) {
  SessionDriver client;
  client.receive(kGet);
  client.take_sent();
  client.receive_end();
  EXPECT_EQ(client.sent, "");
  EXPECT_TRUE(client.closed);
}

// The original answered 3 of 1,000,000 bytes with 200 OK, and an empty request too.
TEST(Session, the_end_inside_a_request_is_400_and_never_200) {
  for (const std::string begun :
       {"P", "GET / HTTP/1.1\r\nHost: x\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"}) {
    SessionDriver client;
    client.receive(begun);
    EXPECT_FALSE(client.closed);
    client.receive_end();
    EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << begun;
    EXPECT_TRUE(client.closed);
    EXPECT_THAT(client.targets, IsEmpty()) << "no handler has seen it";
  }
}

// A client that shuts down its writing side still reads: the original left it without its answer.
TEST(Session, a_request_before_the_end_is_answered) {
  SessionDriver client;
  client.reads_answers = false;
  client.receive(get("/1") + get("/2"));
  client.session.received_end();
  client.reads_answers = true;
  client.run();
  EXPECT_EQ(client.sent, answer_200("/1") + answer_200("/2"));
  EXPECT_TRUE(client.closed);
}

TEST(Session, the_last_answer_after_the_end_says_close) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    if (s.request().target == "/1") s.received_end();  // it comes while the handler works
    s.respond(http::Response::text(200, s.request().target));
  };
  client.receive(get("/1") + get("/2"));
  EXPECT_EQ(client.sent, answer_200("/1") + answer_200("/2", "Connection: close\r\n"));
  EXPECT_TRUE(client.closed);
  EXPECT_EQ(client.shutdowns, 0) << "nothing is left that could be reset: no need to linger";
}

}  // namespace
