#include "http/request_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cases.hpp"
#include "feeding.hpp"

namespace {

using http::BodyMode;
using http::Progress;
using http::RequestParser;
using http::testing::feed_request;
using http::testing::feed_whole;
using http::testing::Feeding;
using http::testing::kChunked;
using http::testing::kPost;
using http::testing::pieces_of;
using http::testing::request_cases;
using http::testing::Seen;
using testing::ElementsAre;

// --- The table.

TEST(RequestParser, every_case_of_the_table_has_its_outcome) {
  for (const auto& wanted : request_cases()) {
    SCOPED_TRACE(wanted.name);
    const Seen seen = feed_whole(wanted.bytes);
    if (wanted.status != 0) {
      ASSERT_TRUE(seen.error) << seen;
      EXPECT_EQ(seen.error->status, wanted.status) << seen;
      EXPECT_EQ(seen.error->offset, wanted.offset) << seen;
      EXPECT_FALSE(seen.error->what.empty());
      EXPECT_TRUE(seen.error->section.starts_with("RFC ")) << seen;
      continue;
    }
    ASSERT_TRUE(seen.complete) << seen;
    EXPECT_EQ(seen.consumed, wanted.bytes.size() - wanted.rest);
    EXPECT_EQ(seen.method, wanted.method);
    EXPECT_EQ(seen.target, wanted.target);
    EXPECT_EQ(seen.body, wanted.body);
    EXPECT_EQ(seen.body_size, wanted.body.size());
    EXPECT_EQ(seen.fields.size(), wanted.fields);
    EXPECT_EQ(seen.trailers.size(), wanted.trailers);
    EXPECT_EQ(seen.keep_alive, wanted.keep_alive);
    EXPECT_EQ(seen.wants_continue, wanted.wants_continue);
  }
}

TEST(RequestParser, no_two_cases_share_a_name) {
  std::vector<std::string> names;
  for (const auto& each : request_cases()) names.push_back(each.name);
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(RequestParser, says_the_same_byte_by_byte) {
  for (const auto& wanted : request_cases()) {
    SCOPED_TRACE(wanted.name);
    EXPECT_EQ(feed_request(wanted.bytes, pieces_of(1, wanted.bytes)), feed_whole(wanted.bytes));
  }
}

TEST(RequestParser, says_the_same_for_every_split_in_two) {
  for (const auto& wanted : request_cases()) {
    SCOPED_TRACE(wanted.name);
    const Seen whole = feed_whole(wanted.bytes);
    for (std::size_t at = 0; at <= wanted.bytes.size(); ++at)
      ASSERT_EQ(feed_request(wanted.bytes, {at}), whole) << "split at " << at;
  }
}

TEST(RequestParser, says_the_same_when_holes_are_closed_between_the_pieces) {
  for (const auto& wanted : request_cases()) {
    SCOPED_TRACE(wanted.name);
    const Seen whole = feed_whole(wanted.bytes);
    for (const std::size_t size : {1, 2, 3, 7, 64})
      ASSERT_EQ(feed_request(wanted.bytes, pieces_of(size, wanted.bytes), {.compacts = true}),
                whole)
          << "pieces of " << size;
  }
}

TEST(RequestParser, says_the_same_but_for_the_body_when_it_is_discarded) {
  for (const auto& wanted : request_cases()) {
    SCOPED_TRACE(wanted.name);
    Seen expected = feed_whole(wanted.bytes);
    expected.body.clear();
    for (const bool close : {false, true})
      for (const std::size_t size : {1, 2, 3, 7, 4096})
        ASSERT_EQ(feed_request(wanted.bytes, pieces_of(size, wanted.bytes),
                               {.mode = BodyMode::discard, .compacts = close}),
                  expected)
            << "pieces of " << size << (close ? ", compacted" : "");
  }
}

TEST(RequestParser, the_beginning_of_a_request_is_neither_complete_nor_wrong) {
  for (const std::string& beginning : http::testing::unfinished_requests()) {
    const Seen seen = feed_whole(beginning);
    EXPECT_FALSE(seen.complete) << testing::PrintToString(beginning);
    EXPECT_FALSE(seen.error) << testing::PrintToString(beginning) << seen;
  }
}

// --- One request after the other.

TEST(RequestParser, requests_after_one_another_come_out_one_by_one) {
  std::string text = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + kChunked +
                     "2\r\nhi\r\n0\r\nX: y\r\n\r\n" + kPost + "Content-Length: 3\r\n\r\nabc" +
                     "\r\nGET /4 HTTP/1.0\r\n\r\n" + "\r\nGET /5 HTTP/1.0\r\n\r\n";
  RequestParser parser;
  std::vector<std::string> seen;
  while (!text.empty()) {
    const auto bytes = std::as_writable_bytes(std::span(text));
    auto progress = parser.feed(bytes);
    if (progress == Progress::head_complete) progress = parser.feed(bytes);
    ASSERT_EQ(progress, Progress::complete);
    const auto& request = parser.request();
    seen.push_back(std::string(request.method) + std::string(request.target) + " " +
                   std::string(request.body_text()) + std::to_string(request.fields.size()) +
                   std::to_string(request.trailers.size()));
    text.erase(0, parser.consumed());
    parser.reset();
    EXPECT_FALSE(parser.started());
  }
  EXPECT_THAT(seen, ElementsAre("GET/1 10", "POST/ hi21", "POST/ abc20", "GET/4 00", "GET/5 00"));
}

TEST(RequestParser, stays_complete_until_it_is_reset) {
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2";
  RequestParser parser;
  EXPECT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_EQ(parser.request().target, "/");
}

TEST(RequestParser, a_complete_request_follows_its_bytes_to_another_place) {
  std::string text = kChunked + "2\r\nhi\r\n0\r\nX: y\r\n\r\n";
  RequestParser parser;
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::head_complete);
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  std::string moved = text;
  text.assign(text.size(), '?');
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(moved))), Progress::complete);
  EXPECT_EQ(parser.request().method, "POST");
  EXPECT_EQ(parser.request().fields.find("host"), "a");
  EXPECT_EQ(parser.request().body_text(), "hi");
  EXPECT_EQ(parser.request().trailers.find("x"), "y");
}

TEST(RequestParser, an_error_stays) {
  std::string text = "GET / HTTP/3.0\r\n";
  RequestParser parser;
  const auto first = parser.feed(std::as_writable_bytes(std::span(text)));
  text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto second = parser.feed(std::as_writable_bytes(std::span(text)));
  ASSERT_FALSE(first);
  ASSERT_FALSE(second);
  EXPECT_EQ(first.error(), second.error());
}

TEST(RequestParser, has_started_with_the_first_byte_of_the_request_line) {
  std::string text = "\r\nG";
  RequestParser parser;
  const auto bytes = std::as_writable_bytes(std::span(text));
  EXPECT_FALSE(parser.started());
  for (std::size_t size : {0, 1, 2}) {
    ASSERT_EQ(parser.feed(bytes.first(size)), Progress::need_more);
    EXPECT_FALSE(parser.started()) << size;
  }
  ASSERT_EQ(parser.feed(bytes), Progress::need_more);
  EXPECT_TRUE(parser.started());
}

// --- Before the body.

TEST(RequestParser, reports_once_that_the_head_is_complete_when_a_body_follows) {
  std::string text = kPost + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  RequestParser parser;
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::head_complete);
  EXPECT_EQ(parser.declared_length(), 2);
  EXPECT_EQ(parser.consumed(), text.size());
  EXPECT_TRUE(parser.request().wants_continue);
  EXPECT_EQ(parser.request().method, "POST");
  EXPECT_EQ(parser.request().fields.find("expect"), "100-continue");
  EXPECT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::need_more);
  text += "hi";
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_EQ(parser.request().body_text(), "hi");
}

TEST(RequestParser, a_body_can_be_discarded_when_the_head_has_been_seen) {
  std::string text = kPost + "Content-Length: 2\r\n\r\nhi";
  RequestParser parser;
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::head_complete);
  parser.set_body_mode(BodyMode::discard);
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_TRUE(parser.request().body.empty());
  EXPECT_EQ(parser.request().body_size, 2);
  EXPECT_EQ(parser.gap().size(), 0);  // consumed() is all that counts now
}

// --- Bodies that are longer than the buffer.

// Sends `bytes` through a buffer that never grows. True if that makes a complete request.
bool pass_through(RequestParser& parser, std::string_view bytes, std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (true) {
    const std::size_t count = std::min(buffer.size() - filled, bytes.size());
    if (count == 0) return false;  // no room, or nothing left
    std::memcpy(buffer.data() + filled, bytes.data(), count);
    bytes.remove_prefix(count);
    filled += count;
    auto progress = parser.feed(buffer.first(filled));
    if (progress == Progress::head_complete) progress = parser.feed(buffer.first(filled));
    if (progress != Progress::need_more) return progress == Progress::complete;
    filled -= parser.compact(buffer.first(filled));
  }
}

TEST(RequestParser, a_discarded_body_passes_through_a_small_buffer) {
  std::vector<std::byte> buffer(4096);
  const std::string body(1'000'000, 'x');
  RequestParser parser({}, BodyMode::discard);
  EXPECT_TRUE(pass_through(parser, kPost + "Content-Length: 1000000\r\n\r\n" + body, buffer));
  EXPECT_EQ(parser.request().body_size, 1'000'000);
  EXPECT_EQ(parser.request().fields.find("Host"), "a");
}

TEST(RequestParser, a_kept_body_does_not_fit_into_a_small_buffer) {
  std::vector<std::byte> buffer(4096);
  RequestParser parser;
  EXPECT_FALSE(pass_through(parser, kPost + "Content-Length: 5000\r\n\r\n" + std::string(5000, 'x'),
                            buffer));
}

TEST(RequestParser, a_discarded_chunked_body_passes_through_a_small_buffer) {
  std::vector<std::byte> buffer(4096);
  std::string raw;
  for (int i = 0; i < 500; ++i) raw += "7d0\r\n" + std::string(2000, 'x') + "\r\n";
  RequestParser parser({}, BodyMode::discard);
  EXPECT_TRUE(pass_through(parser, kChunked + raw + "0\r\nX: y\r\n\r\n", buffer));
  EXPECT_EQ(parser.request().body_size, 1'000'000);
  EXPECT_EQ(parser.request().trailers.find("x"), "y");
}

TEST(RequestParser, a_kept_body_costs_no_more_than_its_own_bytes_however_small_its_chunks) {
  std::string raw;
  std::string body;
  for (int i = 0; i < 10'000; ++i) {
    body += static_cast<char>('a' + i % 26);
    raw += "1\r\n" + body.substr(body.size() - 1) + "\r\n";
  }
  std::vector<std::byte> buffer(kChunked.size() + body.size() + 16);
  RequestParser parser;
  EXPECT_TRUE(pass_through(parser, kChunked + raw + "0\r\n\r\n", buffer));
  EXPECT_EQ(parser.request().body_text(), body);
}

TEST(RequestParser, the_offset_of_an_error_counts_the_holes_that_were_closed) {
  const std::string good = kChunked + "2\r\nhi\r\n3\r\nhey\r\n";
  const Seen seen = feed_request(good + "x\r\n", pieces_of(1, good), {.compacts = true});
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->offset, good.size());
}

TEST(RequestParser, the_holes_of_one_request_are_not_counted_in_the_next) {
  std::string text = kPost + "Content-Length: 3\r\n\r\nab";
  RequestParser parser({}, BodyMode::discard);
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::head_complete);
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::need_more);
  text.resize(text.size() - parser.compact(std::as_writable_bytes(std::span(text))));
  text += "cGET / HTTP/2.0\r\n";
  ASSERT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  text.erase(0, parser.consumed());
  parser.reset();
  const auto refused = parser.feed(std::as_writable_bytes(std::span(text)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().offset, 6);
}

}  // namespace
