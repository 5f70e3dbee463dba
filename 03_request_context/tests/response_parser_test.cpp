#include "http/response_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeding.hpp"

namespace {

using http::BodyMode;
using http::Limits;
using http::ParseError;
using http::Progress;
using http::ResponseParser;
using Answer = http::testing::Seen;
using testing::ElementsAre;
using testing::Pair;

struct Asked {
  std::string method = "GET";
  bool then_closed = false;  // the server closes behind the bytes
  Limits limits = {};
  BodyMode mode = BodyMode::keep;
};

Answer receive(const std::string& bytes, std::size_t size, const Asked& asked) {
  return http::testing::feed_response(asked.method, bytes, http::testing::pieces_of(size, bytes),
                                      {.limits = asked.limits,
                                       .mode = asked.mode,
                                       .compacts = true,
                                       .then_closed = asked.then_closed});
}

// Whole, byte by byte and in other pieces: all must say the same.
Answer receive(const std::string& bytes, const Asked& asked = {}) {
  const Answer whole = receive(bytes, bytes.size() + 1, asked);
  for (std::size_t size = 1; size <= bytes.size(); size = size < 8 ? size + 1 : size * 2)
    EXPECT_EQ(receive(bytes, size, asked), whole) << "in pieces of " << size;
  return whole;
}

TEST(ResponseParser, reads_an_answer_with_a_length) {
  const Answer answer =
      receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhelloHTTP/1.1");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.reason, "OK");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_THAT(answer.fields, ElementsAre(Pair("Content-Length", "5"), Pair("X", "y")));
  EXPECT_TRUE(answer.keep_alive);
  EXPECT_EQ(answer.heads, 1);
  EXPECT_EQ(answer.consumed, 49);
}

TEST(ResponseParser, reads_chunks_and_trailers) {
  const Answer answer = receive(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;x\r\n world\r\n0\r\nSum: 11\r\n\r\nnext");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "hello world");
  EXPECT_THAT(answer.trailers, ElementsAre(Pair("Sum", "11")));
}

TEST(ResponseParser, reads_up_to_the_end_of_the_connection_where_no_length_is_given) {
  const std::string text = "HTTP/1.0 200 OK\r\n\r\nhello";
  EXPECT_FALSE(receive(text).complete);
  const Answer answer = receive(text, {.then_closed = true});
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "hello");
  EXPECT_FALSE(answer.keep_alive);
}

TEST(ResponseParser, an_empty_body_can_end_with_the_connection_as_well) {
  const Answer answer = receive("HTTP/1.1 200 OK\r\n\r\n", {.then_closed = true});
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "");
  EXPECT_FALSE(answer.keep_alive);
}

TEST(ResponseParser, an_answer_cut_short_is_no_answer) {
  for (const char* text :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const Answer answer = receive(text, {.then_closed = true});
    ASSERT_TRUE(answer.error) << text;
    EXPECT_EQ(answer.error->status, 502);
    EXPECT_EQ(answer.error->offset, std::string_view(text).size());
  }
}

TEST(ResponseParser, skips_interim_answers) {
  const Answer answer = receive(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hi");
  EXPECT_EQ(answer.fields.size(), 1);
}

TEST(ResponseParser, refuses_too_many_interim_answers) {
  std::string text;
  for (int i = 0; i < 17; ++i) text += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_TRUE(receive(text).error);
}

TEST(ResponseParser, an_answer_to_head_has_no_body) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  const Answer answer = receive(text + "HTTP/", {.method = "HEAD"});
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body_size, 0);
  EXPECT_EQ(answer.consumed, text.size());
  EXPECT_TRUE(answer.keep_alive);
  EXPECT_EQ(answer.heads, 0);
}

TEST(ResponseParser, an_answer_with_204_or_304_has_no_body) {
  EXPECT_TRUE(receive("HTTP/1.1 204 No Content\r\n\r\n").complete);
  EXPECT_TRUE(receive("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").complete);
}

TEST(ResponseParser, a_switch_of_protocols_ends_the_reading) {
  const Answer answer = receive("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x01\x02");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.status, 101);
  EXPECT_FALSE(answer.keep_alive);
}

TEST(ResponseParser, a_tunnel_has_no_body_and_a_refused_one_has) {
  const std::string fields = "Content-Length: 2\r\n\r\n";
  const Answer tunnel = receive("HTTP/1.1 200 OK\r\n" + fields, {.method = "CONNECT"});
  EXPECT_EQ(tunnel.body_size, 0);
  EXPECT_FALSE(tunnel.keep_alive);
  EXPECT_EQ(receive("HTTP/1.1 403 No\r\n" + fields + "no", {.method = "CONNECT"}).body, "no");
}

TEST(ResponseParser, only_a_success_opens_a_tunnel) {
  const Answer answer =
      receive("HTTP/1.1 300 Choose\r\nContent-Length: 2\r\n\r\nok", {.method = "CONNECT"});
  EXPECT_EQ(answer.body, "ok");
  EXPECT_TRUE(answer.keep_alive);
}

TEST(ResponseParser, a_status_is_a_decimal_number) {
  EXPECT_EQ(receive("HTTP/1.1 257 Any\r\nContent-Length: 0\r\n\r\n").status, 257);
}

TEST(ResponseParser, what_is_refused_after_an_interim_answer_is_reported_where_it_stands) {
  const std::string interim = "HTTP/1.1 103 Hints\r\n\r\n";
  const Answer bad = receive(interim + "HTTP/1.1 20 OK\r\n\r\n");
  ASSERT_TRUE(bad.error);
  EXPECT_EQ(bad.error->offset, interim.size() + 9);
  const Answer longer =
      receive(interim + "HTTP/1.1 200 " + std::string(100, 'x'), {.limits = {.request_line = 40}});
  ASSERT_TRUE(longer.error);
  EXPECT_EQ(longer.error->offset, interim.size() + 40);
}

TEST(ResponseParser, counts_every_byte_that_it_looks_at) {
  std::string text =
      "HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
  ResponseParser parser("GET");
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::head_complete);
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_GE(parser.examined(), text.size() - 3) << "all but the data of the chunk and its end";
}

TEST(ResponseParser, persistence_follows_version_and_connection) {
  const std::string rest = "Content-Length: 0\r\n\r\n";
  EXPECT_TRUE(receive("HTTP/1.1 200 OK\r\n" + rest).keep_alive);
  EXPECT_FALSE(receive("HTTP/1.1 200 OK\r\nConnection: close\r\n" + rest).keep_alive);
  EXPECT_FALSE(receive("HTTP/1.0 200 OK\r\n" + rest).keep_alive);
  EXPECT_TRUE(receive("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + rest).keep_alive);
}

TEST(ResponseParser, a_reason_may_be_anything_and_may_be_missing) {
  const std::string rest = "\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(receive("HTTP/1.1 404 Not here, caf\xc3\xa9\t!" + rest).reason,
            "Not here, caf\xc3\xa9\t!");
  EXPECT_EQ(receive("HTTP/1.1 404 " + rest).reason, "");
  EXPECT_EQ(receive("HTTP/1.1 404" + rest).reason, "");
}

TEST(ResponseParser, refuses_what_is_no_status_line) {
  const std::pair<const char*, std::size_t> lines[] = {
      {"", 0},
      {"HTTP/1.1", 8},
      {"HTTP/1.1200 OK", 8},
      {"HTTP/1.1  200 OK", 9},
      {"HTTP/1.1 20 OK", 9},
      {"HTTP/1.1 20", 9},
      {"HTTP/1.1 2000 OK", 12},
      {"HTTP/1.1 099 OK", 9},
      {"HTTP/1.1 +20 OK", 9},
      {"HTTP/2.0 200 OK", 0},
      {"ICY 200 OK", 0},
      {" HTTP/1.1 200 OK", 0},
      {"HTTP/1.1 200 O\x01K", 14},
  };
  for (const auto& [line, offset] : lines) {
    const Answer answer = receive(line + std::string("\r\nContent-Length: 0\r\n\r\n"));
    ASSERT_TRUE(answer.error) << line;
    EXPECT_EQ(answer.error->status, 502) << line;
    EXPECT_EQ(answer.error->offset, offset) << line << ": " << answer.error->what;
  }
}

TEST(ResponseParser, refuses_unsafe_framing) {
  for (const char* fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: x\r\n",
        "Content-Length: 5\r\nContent-Length: 4\r\n", "Content-Length: 4\r\n 5\r\n",
        "Transfer-Encoding: chunked, chunked\r\n", "X : y\r\n", " X: y\r\n"}) {
    const Answer answer = receive("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\nhello");
    ASSERT_TRUE(answer.error) << fields;
    EXPECT_EQ(answer.error->status, 502) << fields;
  }
}

// --- what servers send, should not send, and can mean one thing only

TEST(ResponseParser, unfolds_a_folded_line) {
  const Answer folded = receive(
      "HTTP/1.1 200 OK\r\nX: one \r\n\t two\n  three\r\nA:\r\n b\r\nB: c\r\n \t\r\nC:\r\n \r\n"
      "Content-Length:\r\n 2\r\n\r\nok");
  ASSERT_TRUE(folded.complete) << folded;
  EXPECT_THAT(folded.fields,
              ElementsAre(Pair("X", "one   \t two   three"), Pair("A", "b"), Pair("B", "c"),
                          Pair("C", ""), Pair("Content-Length", "2")));
  EXPECT_EQ(folded.body, "ok");
}

TEST(ResponseParser, a_fold_hides_no_field_and_no_byte_that_may_not_be_there) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const Answer answer = receive(ok + "X: y\r\n Content-Length: 5\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.fields.size(), 2u);
  EXPECT_EQ(answer.body, "ok");
  EXPECT_TRUE(receive(ok + "X: y\r\n z\x01\r\n\r\n").error);
  EXPECT_TRUE(receive(ok + "X: y\r\n z\r w\r\n\r\n").error);
  EXPECT_TRUE(receive(ok + "X: 1\r\n 2\r\n\r\n", {.limits = {.head = 20}}).error);
}

TEST(ResponseParser, a_coding_that_is_not_chunked_goes_up_to_the_end_of_the_connection) {
  const std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok";
  EXPECT_FALSE(receive(text).complete);
  const Answer answer = receive(text, {.then_closed = true});
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "ok");
  EXPECT_FALSE(answer.keep_alive);
}

TEST(ResponseParser, a_length_may_be_repeated) {
  const Answer answer =
      receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2, 2\r\n\r\nokrest");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "ok");
}

TEST(ResponseParser, blanks_after_the_size_of_a_chunk_mean_nothing) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: , chunked\r\n\r\n";
  const Answer answer = receive(chunked + "2  \t \r\nok\r\n0   \r\n\r\n");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "ok");
  for (const char* chunk : {" 2\r\nok\r\n", "2 2\r\n", "   \r\n", "2 \nok\r\n", "2\nok\n0\n\n"})
    EXPECT_TRUE(receive(chunked + chunk).error) << chunk;
}

TEST(ResponseParser, a_trailer_changes_nothing_of_the_head) {
  const Answer answer = receive(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
      "Content-Length: 9\r\nSum: 1\r\n 2\r\n\r\n");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "ok");
  EXPECT_THAT(answer.trailers, ElementsAre(Pair("Content-Length", "9"), Pair("Sum", "1   2")));
  EXPECT_EQ(answer.fields.size(), 1u);
}

TEST(ResponseParser, keeps_to_its_limits) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_TRUE(receive(ok + "\r\nhello!", {.limits = {.body = 5}}).error);
  EXPECT_TRUE(receive(ok + "Content-Length: 6\r\n\r\n", {.limits = {.body = 5}}).error);
  EXPECT_TRUE(receive(ok + "A: 1\r\nB: 2\r\n\r\n", {.limits = {.fields = 1}}).error);
  const std::string trailers =
      "A: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nB: 2\r\nC: 3\r\n\r\n";
  EXPECT_TRUE(receive(ok + trailers, {.limits = {.fields = 4}}).complete);
  EXPECT_TRUE(receive(ok + trailers, {.limits = {.fields = 3}}).error);
  EXPECT_TRUE(receive(ok + "A: 1\r\n", {.limits = {.head = 20}}).error);
  EXPECT_TRUE(receive(ok, {.limits = {.request_line = 14}}).error);
}

TEST(ResponseParser, a_discarded_body_is_counted) {
  const Answer answer =
      receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", {.mode = BodyMode::discard});
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.body_size, 5);
}

TEST(ResponseParser, reads_one_answer_after_the_other) {
  std::string text =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"  // to HEAD
      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";
  ResponseParser parser("HEAD");
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  text.erase(0, parser.consumed());
  parser.reset("GET");
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::head_complete);
  EXPECT_EQ(parser.declared_length(), 2);
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_EQ(parser.response().status, 404);
  EXPECT_EQ(parser.response().body_text(), "no");
}

// Fields behind the 64th stand in another place.
TEST(ResponseParser, a_folded_line_continues_the_70th_field_as_well) {
  std::string text = "HTTP/1.1 204 No\r\n";
  for (int i = 1; i <= 70; ++i) text += "X-" + std::to_string(i) + ": a\r\n";
  const Answer answer = receive(text + " b\r\n\r\n");
  ASSERT_TRUE(answer.complete) << answer;
  EXPECT_THAT(answer.fields.back(), Pair("X-70", "a   b"));
}

}  // namespace
