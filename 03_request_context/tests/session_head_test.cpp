// Requests that are looked at when their head is there, and bodies in pieces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "allocations.hpp"
#include "http/session.hpp"
#include "requests.hpp"
#include "session_driver.hpp"

namespace {

using http::BodyMode;
using http::Next;
using http::Phase;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

http::SessionOptions asking() {
  http::SessionOptions options;
  options.ask_at_head = true;
  return options;
}
const std::string kExpecting =
    "POST /up HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
const std::string kChunkedUpload =
    "POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(SessionHead, is_asked_once_for_a_request_with_a_body_and_not_for_others) {
  SessionDriver client(asking());
  client.at_head = [](http::Session& s) {
    EXPECT_EQ(s.phase(), Phase::answering);
    EXPECT_EQ(s.request().method, "POST");
    EXPECT_EQ(s.request().content_length, 5u);
    EXPECT_TRUE(s.request().body.empty());
    s.accept_body(BodyMode::keep);
  };
  const std::string request = post("/1", "hello");
  for (std::size_t piece : {std::size_t{1}, request.size()}) {
    client.receive(get("/0"), piece);
    client.receive(request + get("/2"), piece);
  }
  EXPECT_EQ(client.heads, 2);
  EXPECT_THAT(client.bodies, ElementsAre("", "hello", "", "", "hello", ""));
}

TEST(SessionHead, nothing_is_asked_unless_it_is_wanted) {
  SessionDriver client;
  client.receive(post("/1", "hello"));
  EXPECT_EQ(client.heads, 0);
  EXPECT_THAT(client.bodies, ElementsAre("hello"));
}

TEST(SessionHead, reports_no_length_for_a_body_in_chunks) {
  SessionDriver client(asking());
  client.at_head = [&](http::Session& s) {
    EXPECT_EQ(s.request().content_length.has_value(), client.heads == 2);
    s.accept_body(BodyMode::discard);
  };
  client.receive(kChunkedUpload + "5\r\nhello\r\n0\r\n\r\n" + post("/2", "kept?"));
  EXPECT_THAT(client.bodies, ElementsAre("", ""));
  EXPECT_EQ(client.heads, 2);
}

TEST(SessionHead, how_one_body_is_taken_does_not_matter_to_the_next) {
  SessionDriver client(asking());
  client.at_head = [&](http::Session& s) {
    if (client.heads == 1) return s.accept_body(BodyMode::discard);
    if (client.heads == 2) return s.stream_body();
    s.accept_body(BodyMode::keep);
  };
  client.receive(post("/1", "one") + post("/2", "two") + post("/3", "three"));
  EXPECT_THAT(client.bodies, ElementsAre("", "", "three"));
  EXPECT_THAT(client.pieces, ElementsAre("two"));
}

TEST(SessionHead, a_client_that_waits_gets_100_when_the_body_is_taken_and_not_before) {
  SessionDriver client(asking());
  std::string sent_at_head = "?";
  client.at_head = [&](http::Session& s) {
    sent_at_head = client.sent;
    EXPECT_EQ(s.output_size(), 0u);
    s.stream_body();
  };
  client.receive(kExpecting);
  EXPECT_EQ(sent_at_head, "");
  EXPECT_EQ(client.take_sent(), kContinue);
  client.receive("hello");
  EXPECT_THAT(client.pieces, ElementsAre("hello"));
  EXPECT_EQ(client.take_sent(), answer_200("/up"));
}

TEST(SessionHead, what_is_refused_there_is_the_last_and_no_100_is_said) {
  for (const std::string& more : {std::string(), "hello" + get("/2"), std::string("he")}) {
    SessionDriver client(asking());
    client.at_head = [](http::Session& s) { s.respond(http::Response(404)); };
    client.receive(kExpecting + more);
    EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 404 Not Found\r\n")) << more;
    EXPECT_THAT(client.sent, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(client.targets, IsEmpty()) << "what follows may be the body";
    EXPECT_EQ(client.shutdowns, 1);
    EXPECT_EQ(client.session.phase(), Phase::lingering);
    EXPECT_EQ(client.session.requests_answered(), 1u);
  }
}

TEST(SessionHead, what_is_refused_there_is_not_kept) {
  SessionDriver client(asking());
  client.at_head = [](http::Session& s) { s.respond(http::Response(404)); };
  client.receive("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n");
  allocations::Watch watch;
  client.receive(std::string(1024 * 1024, 'x'));
  EXPECT_LT(watch.peak_bytes(), 2'000'000u) << "most of it is what this test sends";
}

TEST(SessionHead, a_limit_is_looked_at_first) {
  auto options = asking();
  options.limits.body = 4;
  SessionDriver client(options);
  client.receive(kExpecting);
  EXPECT_EQ(client.heads, 0);
  EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 413 "));
}

TEST(SessionHead, a_body_in_pieces_is_all_of_it_however_it_comes) {
  std::string body;
  for (int i = 0; i < 30'000; ++i) body += std::to_string(i) + ' ';
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += 999) {
    const std::string data = body.substr(at, 999);
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    chunks += size + data + "\r\n";
  }
  for (const std::string& request :
       {post("/up", body), kChunkedUpload + chunks + "0\r\nSum: 1\r\n\r\n"}) {
    for (const std::size_t piece : {std::size_t{13}, std::size_t{1000}, std::size_t{100'000}}) {
      SessionDriver client(asking());
      client.at_head = [](http::Session& s) { s.stream_body(); };
      std::size_t size = 0;
      client.answer = [&](http::Session& s) {
        if (s.request().method == "POST") size = s.request().body_size;
        EXPECT_TRUE(s.request().body.empty());
        s.respond(http::Response::text(200, "ok"));
      };
      client.receive(request + get("/2"), piece);
      std::string all;
      for (const std::string& part : client.pieces) {
        EXPECT_FALSE(part.empty());
        all += part;
      }
      ASSERT_TRUE(all == body) << piece;
      EXPECT_EQ(size, body.size());
      EXPECT_THAT(client.targets, ElementsAre("/up", "/2"));
      EXPECT_THAT(client.trace.requests, ElementsAre(request.size(), get("/2").size()));
    }
  }
}

TEST(SessionHead, a_body_in_pieces_of_any_length_costs_constant_memory) {
  auto options = asking();
  options.limits.body = std::size_t{1} << 40;
  http::Session session(options);
  std::uint64_t taken = 0;
  constexpr std::uint64_t kLength = 300'000'000;
  const auto step = [&] {
    while (true) {
      switch (session.advance()) {
        case Next::head:
          session.stream_body();
          break;
        case Next::body:
          taken += session.body_piece().size();
          session.body_taken();
          break;
        default:
          return;
      }
    }
  };
  const std::string head =
      "POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kLength) + "\r\n\r\n";
  std::ranges::copy(http::as_bytes(head), session.input_space().begin());
  session.received(head.size());
  step();
  allocations::Watch watch;
  while (session.advance() == Next::read) {
    session.received(session.input_space().size());
    step();
  }
  EXPECT_EQ(taken, kLength);
  EXPECT_EQ(session.advance(), Next::request);
  EXPECT_LT(watch.peak_bytes(), 1024 * 1024u);
}

TEST(SessionHead, may_be_answered_between_two_pieces) {
  http::Session session(asking());
  const auto receive = [&](std::string_view text) {
    std::ranges::copy(http::as_bytes(text), session.input_space().begin());
    session.received(text.size());
  };
  receive("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  ASSERT_EQ(session.advance(), Next::head);
  session.stream_body();
  ASSERT_EQ(session.advance(), Next::body);
  EXPECT_EQ(http::as_text(session.body_piece()), "he");
  EXPECT_EQ(session.advance(), Next::body) << "until it is taken";
  EXPECT_EQ(session.phase(), Phase::body);
  session.respond(http::Response(507));
  ASSERT_EQ(session.advance(), Next::write);
  EXPECT_THAT(std::string(http::as_text(session.output())), HasSubstr("Connection: close\r\n"));
  session.sent(session.output_size());
  EXPECT_EQ(session.advance(), Next::shutdown);
}

TEST(SessionHead, late_in_a_streamed_body_is_408) {
  SessionDriver client(asking());
  client.at_head = [](http::Session& s) { s.stream_body(); };
  client.receive("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  client.session.timed_out();
  client.run();
  EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 408 "));
}

TEST(SessionHead, what_is_not_asked_for_is_an_error_of_the_program) {
  http::Session session(asking());
  EXPECT_THROW(session.accept_body(BodyMode::keep), std::logic_error);
  EXPECT_THROW(session.stream_body(), std::logic_error);
  EXPECT_THROW(session.body_taken(), std::logic_error);
}

}  // namespace
