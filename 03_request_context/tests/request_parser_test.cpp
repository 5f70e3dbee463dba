#include "http/request_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
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
using http::testing::Feeding;
using http::testing::pieces_of;
using http::testing::request_cases;
using http::testing::Seen;
using std::literals::operator""s;
using testing::ElementsAre;
using testing::Pair;

Seen feed_whole(std::string_view bytes, const Feeding& feeding = {}) {
  return feed_request(bytes, {}, feeding);
}

const std::string kHost = "Host: a\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";

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
      ASSERT_EQ(feed_request(wanted.bytes, pieces_of(size, wanted.bytes), {.close_holes = true}),
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
                               {.mode = BodyMode::discard, .close_holes = close}),
                  expected)
            << "pieces of " << size << (close ? ", holes closed" : "");
  }
}

TEST(RequestParser, the_beginning_of_a_request_is_neither_complete_nor_wrong) {
  for (const std::string& beginning : http::testing::unfinished_requests()) {
    const Seen seen = feed_whole(beginning);
    EXPECT_FALSE(seen.complete) << testing::PrintToString(beginning);
    EXPECT_FALSE(seen.error) << testing::PrintToString(beginning) << seen;
  }
}

// --- What went wrong in the originals.

// 001 compared the declared length with head and body together, and answered too early.
TEST(RequestParser, the_length_of_the_head_is_no_part_of_the_content_length) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8190\r\n\r\n";
  const std::string body(8190, 'x');
  for (std::size_t missing : {1ul, 10ul, head.size(), 8190ul})
    EXPECT_FALSE(feed_whole((head + body).substr(0, head.size() + 8190 - missing)).complete);
  const Seen seen = feed_whole(head + body);
  EXPECT_TRUE(seen.complete);
  EXPECT_EQ(seen.body_size, 8190);
  EXPECT_EQ(seen.consumed, head.size() + 8190);
}

// 001 answered a request whose head came in two reads after the first of them.
TEST(RequestParser, no_request_is_complete_before_its_empty_line) {
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t size = 0; size < request.size(); ++size)
    EXPECT_FALSE(feed_whole(request.substr(0, size)).complete) << size;
  EXPECT_TRUE(feed_whole(request).complete);
}

// 001 took a read for text as a whole: bytes of the body hid the head that came with them.
TEST(RequestParser, a_body_that_is_not_utf_8_hides_nothing_of_its_head) {
  const std::string jpeg = "\xff\xd8\xff\xe0\0\x10JFIF"s;
  const Seen seen = feed_whole(kPost + "Content-Length: 500000\r\n\r\n" + jpeg);
  EXPECT_FALSE(seen.complete);
  EXPECT_EQ(seen.heads, 1);
  EXPECT_EQ(seen.declared, 500000);
}

// ... and a character that was cut in two by the end of the read did the same.
TEST(RequestParser, a_character_cut_in_two_changes_nothing) {
  const std::string head = kPost + "Content-Length: 30000\r\n\r\n";
  std::string body(4095 - head.size(), 'a');
  while (body.size() < 30000) body += "\xe2\x82\xac";  // a euro sign, of three bytes
  body.resize(30000);
  EXPECT_EQ(feed_request(head + body, {4096}), feed_whole(head + body));
  EXPECT_FALSE(feed_whole((head + body).substr(0, 4096)).complete);
}

// 001 ended, and with it every client, over a Content-Length that was no number.
TEST(RequestParser, a_content_length_that_is_no_number_is_refused) {
  for (const char* value : {"abc", "-1", "+5", "", "0x5", "5 5", "18446744073709551616"}) {
    const Seen seen = feed_whole(kPost + "Content-Length: " + value + "\r\n\r\n");
    ASSERT_TRUE(seen.error) << value;
    EXPECT_EQ(seen.error->status, 400) << value;
  }
}

// 001 knew "content-length: " with one blank, and no other way to write it.
TEST(RequestParser, a_content_length_is_known_however_it_is_written) {
  for (const char* field : {"Content-Length:5", "content-length: 5", "CONTENT-LENGTH:  5",
                            "Content-Length: 5 ", "Content-Length:\t5\t"}) {
    const Seen seen = feed_whole(kPost + field + "\r\n\r\nhello");
    EXPECT_TRUE(seen.complete) << field << ": " << seen;
    EXPECT_EQ(seen.body, "hello") << field;
  }
}

// 001 searched every read that held "HTTP" for fields.
TEST(RequestParser, lines_of_the_body_are_no_fields) {
  const std::string body = "notes on HTTP\ncontent-length: 10\n\r\nhost: b\r\n\r\n";
  const Seen seen = feed_whole(kPost + "Content-Length: 50000\r\n\r\n" + body);
  EXPECT_EQ(seen.declared, 50000);
  EXPECT_FALSE(seen.complete);
  EXPECT_THAT(seen.fields, ElementsAre(Pair("Host", "a"), Pair("Content-Length", "50000")));
}

// 001 did not know chunks, which is how curl sends what it reads from a pipe.
TEST(RequestParser, a_chunked_upload_is_put_together) {
  const Seen seen = feed_whole(kChunked + "6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nSum: 11\r\n\r\n");
  ASSERT_TRUE(seen.complete) << seen;
  EXPECT_EQ(seen.body, "hello world");
  EXPECT_EQ(seen.declared, std::nullopt);
  EXPECT_THAT(seen.trailers, ElementsAre(Pair("Sum", "11")));
}

// 000 kept what it had read in a local variable: the second half of a request became a request.
TEST(RequestParser, a_request_in_two_reads_is_one_request) {
  const Seen seen = feed_request("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", {25});
  ASSERT_TRUE(seen.complete);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_THAT(seen.fields, ElementsAre(Pair("Host", "a"), Pair("X", "y")));
}

// 000 looked for a "Conntent-Length", and so never waited for a body.
TEST(RequestParser, a_body_is_waited_for_and_a_misspelt_length_means_nothing) {
  EXPECT_FALSE(feed_whole(kPost + "Content-Length: 5000\r\n\r\nabc").complete);
  const Seen misspelt = feed_whole(kPost + "Conntent-Length: x\r\n\r\n");
  EXPECT_TRUE(misspelt.complete);
  EXPECT_EQ(misspelt.body_size, 0);
}

// 000 answered when the head was there, with the body still on its way.
TEST(RequestParser, a_head_alone_is_no_request_if_a_body_is_to_come) {
  const std::string head = kPost + "Content-Length: 13\r\n\r\n";
  EXPECT_FALSE(feed_whole(head).complete);
  const Seen seen = feed_request(head + "name=WasmEdge", {head.size()});
  ASSERT_TRUE(seen.complete);
  EXPECT_EQ(seen.body, "name=WasmEdge");
}

// --- One request after the other.

TEST(RequestParser, requests_behind_each_other_come_out_one_by_one) {
  std::string text = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + kChunked +
                     "2\r\nhi\r\n0\r\nX: y\r\n\r\n" + kPost + "Content-Length: 3\r\n\r\nabc" +
                     "\r\nGET /4 HTTP/1.0\r\n\r\n";
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
  EXPECT_THAT(seen, ElementsAre("GET/1 10", "POST/ hi21", "POST/ abc20", "GET/4 00"));
}

TEST(RequestParser, stays_complete_until_it_is_reset) {
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2";
  RequestParser parser;
  EXPECT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_EQ(parser.feed(std::as_writable_bytes(std::span(text))), Progress::complete);
  EXPECT_EQ(parser.request().target, "/");
}

TEST(RequestParser, an_error_stays) {
  std::string text = "GET / HTTP/3.0\r\n";
  RequestParser parser;
  const auto first = parser.feed(std::as_writable_bytes(std::span(text)));
  text += "Host: a\r\n\r\n";
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

TEST(RequestParser, tells_once_that_the_head_is_complete_when_a_body_follows) {
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
    filled -= parser.close_hole(buffer.first(filled));
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

TEST(RequestParser, a_kept_body_does_not) {
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
  const Seen seen = feed_request(good + "x\r\n", pieces_of(1, good), {.close_holes = true});
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->offset, good.size());
}

// --- Limits: the last byte that is allowed, and one more.

std::string get_with(const std::string& fields) {
  return "GET / HTTP/1.1\r\n" + kHost + fields + "\r\n";
}

TEST(RequestParser, a_request_line_may_be_8_kib_long_and_no_longer) {
  const auto line_of = [](std::size_t size) {
    return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1";
  };
  EXPECT_TRUE(feed_whole(line_of(8192) + "\r\n" + kHost + "\r\n").complete);
  const Seen seen = feed_whole(line_of(8193) + "\r\n" + kHost + "\r\n");
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 414);
  EXPECT_EQ(seen.error->offset, 8192);
}

TEST(RequestParser, a_request_line_that_never_ends_is_refused_at_its_limit) {
  const std::string endless = "GET /" + std::string(9000, 'a');
  EXPECT_FALSE(feed_whole(endless.substr(0, 8192)).error);
  EXPECT_EQ(feed_whole(endless.substr(0, 8193)).error->status, 414);
  EXPECT_EQ(feed_request(endless, pieces_of(1000, endless)), feed_whole(endless));
}

TEST(RequestParser, a_method_that_never_ends_is_not_implemented) {
  const Seen seen = feed_whole(std::string(9000, 'A'));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 501);
}

TEST(RequestParser, a_head_may_be_64_kib_long_and_no_longer) {
  const std::size_t bare = get_with("X: \r\n").size();
  const auto head_of = [&](std::size_t size) {
    return get_with("X: " + std::string(size - bare, 'x') + "\r\n");
  };
  EXPECT_TRUE(feed_whole(head_of(65536)).complete);
  const std::string longer = head_of(65537);
  const Seen seen = feed_whole(longer);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 431);
  EXPECT_EQ(seen.error->offset, 65536);
  for (const std::size_t at : {65534, 65535, 65536}) EXPECT_EQ(feed_request(longer, {at}), seen);
}

TEST(RequestParser, an_empty_line_before_the_request_takes_nothing_from_the_limit_of_the_head) {
  const std::size_t bare = get_with("X: \r\n").size();
  const std::string head = get_with("X: " + std::string(65536 - bare, 'x') + "\r\n");
  EXPECT_TRUE(feed_whole("\r\n" + head).complete);
}

TEST(RequestParser, a_field_that_never_ends_is_refused_at_the_limit_of_the_head) {
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(70000, 'x');
  const Seen seen = feed_whole(endless);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 431);
  EXPECT_EQ(seen.error->offset, 65536);
  EXPECT_EQ(feed_request(endless, pieces_of(4096, endless)), seen);
}

TEST(RequestParser, a_head_may_have_100_fields_and_no_more) {
  std::string fields;
  for (int i = 0; i < 99; ++i)
    fields += "X-" + std::to_string(i) + ": " + std::to_string(i) + "\r\n";
  const Seen most = feed_whole(get_with(fields));
  ASSERT_TRUE(most.complete) << most;
  ASSERT_EQ(most.fields.size(), 100);
  EXPECT_EQ(most.fields[99], std::pair("X-98"s, "98"s));
  const Seen more = feed_whole(get_with(fields + "Y: z\r\n"));
  ASSERT_TRUE(more.error);
  EXPECT_EQ(more.error->status, 431);
  EXPECT_EQ(more.error->offset, get_with(fields).size() - 2);
}

TEST(RequestParser, trailers_count_with_the_fields_of_the_head) {
  const Feeding two_and_two{.limits = {.fields = 4}};
  EXPECT_TRUE(feed_whole(kChunked + "0\r\nA: 1\r\nB: 2\r\n\r\n", two_and_two).complete);
  const Seen seen = feed_whole(kChunked + "0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", two_and_two);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 431);
}

TEST(RequestParser, trailers_may_be_as_long_as_a_head_and_no_longer) {
  const Feeding small{.limits = {.head = 100}};
  const auto trailers_of = [](std::size_t size) {
    return kChunked + "0\r\nX: " + std::string(size - 7, 'x') + "\r\n\r\n";
  };
  EXPECT_TRUE(feed_whole(trailers_of(100), small).complete);
  const Seen seen = feed_whole(trailers_of(101), small);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 431);
  EXPECT_EQ(seen.error->offset, kChunked.size() + 3 + 100);
}

TEST(RequestParser, a_body_may_be_as_long_as_the_limit_and_no_longer) {
  const Feeding small{.limits = {.body = 5}};
  EXPECT_TRUE(feed_whole(kPost + "Content-Length: 5\r\n\r\nhello", small).complete);
  EXPECT_EQ(feed_whole(kPost + "Content-Length: 6\r\n\r\nhello!", small).error->status, 413);
  EXPECT_TRUE(feed_whole(kChunked + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", small).complete);
  EXPECT_EQ(feed_whole(kChunked + "2\r\nhe\r\n4\r\nllo!\r\n0\r\n\r\n", small).error->status, 413);
}

TEST(RequestParser, a_body_that_is_too_long_is_refused_before_it_comes) {
  const Seen seen =
      feed_whole(kPost + "Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n");
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 413);
  EXPECT_EQ(seen.heads, 0);  // nobody was told to continue
}

TEST(RequestParser, chunk_extensions_are_bounded_in_all) {
  const Feeding small{.limits = {.chunk_extensions = 8}};
  EXPECT_TRUE(feed_whole(kChunked + "1;abc\r\nx\r\n0;def\r\n\r\n", small).complete);
  const std::string longer = kChunked + "1;abc\r\nx\r\n0;defg\r\n\r\n";
  const Seen seen = feed_whole(longer, small);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 413);
  EXPECT_EQ(feed_request(longer, pieces_of(1, longer), small), seen);
}

TEST(RequestParser, limits_may_be_as_large_as_numbers_are) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  const Feeding none{.limits = {most, most, most, most, most}};
  const Seen seen =
      feed_whole(kChunked + "2;abcdefghijklmnopqrst\r\nhi\r\n0\r\nX: y\r\n\r\n", none);
  EXPECT_TRUE(seen.complete) << seen;
  EXPECT_EQ(seen.body, "hi");
  EXPECT_EQ(feed_whole(kPost + "Content-Length: 18446744073709551615\r\n\r\n", none).declared,
            most);
}

TEST(RequestParser, a_chunk_extension_that_never_ends_is_refused) {
  const std::string endless = kChunked + "1;" + std::string(20000, 'x');
  const Seen seen = feed_whole(endless);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 413);
  EXPECT_EQ(feed_request(endless, pieces_of(997, endless)), seen);
}

}  // namespace
