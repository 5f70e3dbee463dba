// The last byte that is allowed, and one more.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "feeding.hpp"

namespace {

using http::testing::feed_request;
using http::testing::feed_whole;
using http::testing::Feeding;
using http::testing::kChunked;
using http::testing::kPost;
using http::testing::pieces_of;
using http::testing::Seen;
using std::literals::operator""s;

const std::string kHost = "Host: a\r\n";
std::string get_with(const std::string& fields) {
  return "GET / HTTP/1.1\r\n" + kHost + fields + "\r\n";
}

TEST(RequestParserLimits, a_request_line_may_be_8_kib_long_and_no_longer) {
  const auto line_of = [](std::size_t size) {
    return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1";
  };
  EXPECT_TRUE(feed_whole(line_of(8192) + "\r\n" + kHost + "\r\n").complete);
  const Seen seen = feed_whole(line_of(8193) + "\r\n" + kHost + "\r\n");
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 414);
  EXPECT_EQ(seen.error->offset, 8192);
}

TEST(RequestParserLimits, a_request_line_that_never_ends_is_refused_at_its_limit) {
  const std::string endless = "GET /" + std::string(9000, 'a');
  EXPECT_FALSE(feed_whole(endless.substr(0, 8192)).error);
  EXPECT_EQ(feed_whole(endless.substr(0, 8193)).error->status, 414);
  EXPECT_EQ(feed_request(endless, pieces_of(1000, endless)), feed_whole(endless));
}

TEST(RequestParserLimits, a_method_that_never_ends_is_not_implemented) {
  const Seen seen = feed_whole(std::string(9000, 'A'));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 501);
}

TEST(RequestParserLimits, a_head_may_be_64_kib_long_and_no_longer) {
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

TEST(RequestParserLimits,
     an_empty_line_before_the_request_takes_nothing_from_the_limit_of_the_head) {
  const std::size_t bare = get_with("X: \r\n").size();
  const std::string head = get_with("X: " + std::string(65536 - bare, 'x') + "\r\n");
  EXPECT_TRUE(feed_whole("\r\n" + head).complete);
}

TEST(RequestParserLimits, empty_lines_before_the_request_may_be_as_long_as_a_request_line) {
  std::string lines;
  while (lines.size() < 8192) lines += "\r\n";
  const std::string request = get_with("");
  EXPECT_TRUE(feed_whole(lines + request).complete);
  const Seen seen = feed_whole(lines + "\n" + request);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 400);
  EXPECT_EQ(seen.error->offset, 8192);
  EXPECT_EQ(feed_request(lines + "\n", pieces_of(1000, lines)), seen) << "an endless stream ends";
}

TEST(RequestParserLimits, a_field_that_never_ends_is_refused_at_the_limit_of_the_head) {
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(70000, 'x');
  const Seen seen = feed_whole(endless);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 431);
  EXPECT_EQ(seen.error->offset, 65536);
  EXPECT_EQ(feed_request(endless, pieces_of(4096, endless)), seen);
}

TEST(RequestParserLimits, a_head_may_have_100_fields_and_no_more) {
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

TEST(RequestParserLimits, trailers_count_with_the_fields_of_the_head) {
  const Feeding two_and_two{.limits = {.fields = 4}};
  EXPECT_TRUE(feed_whole(kChunked + "0\r\nA: 1\r\nB: 2\r\n\r\n", two_and_two).complete);
  const Seen seen = feed_whole(kChunked + "0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", two_and_two);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 431);
}

TEST(RequestParserLimits, trailers_may_be_as_long_as_a_head_and_no_longer) {
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

TEST(RequestParserLimits, a_body_may_be_as_long_as_the_limit_and_no_longer) {
  const Feeding small{.limits = {.body = 5}};
  EXPECT_TRUE(feed_whole(kPost + "Content-Length: 5\r\n\r\nhello", small).complete);
  EXPECT_EQ(feed_whole(kPost + "Content-Length: 6\r\n\r\nhello!", small).error->status, 413);
  EXPECT_TRUE(feed_whole(kChunked + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", small).complete);
  EXPECT_EQ(feed_whole(kChunked + "2\r\nhe\r\n4\r\nllo!\r\n0\r\n\r\n", small).error->status, 413);
}

TEST(RequestParserLimits, a_body_that_is_too_long_is_refused_before_it_comes) {
  const Seen seen =
      feed_whole(kPost + "Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n");
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 413);
  EXPECT_EQ(seen.heads, 0);  // the client was not told to continue
}

TEST(RequestParserLimits, chunk_extensions_are_bounded_in_all) {
  const Feeding small{.limits = {.chunk_extensions = 8}};
  EXPECT_TRUE(feed_whole(kChunked + "1;abc\r\nx\r\n0;def\r\n\r\n", small).complete);
  const std::string longer = kChunked + "1;abc\r\nx\r\n0;defg\r\n\r\n";
  const Seen seen = feed_whole(longer, small);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 413);
  EXPECT_EQ(feed_request(longer, pieces_of(1, longer), small), seen);
}

TEST(RequestParserLimits, limits_may_be_as_large_as_numbers_are) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  const Feeding none{.limits = {most, most, most, most, most}};
  const Seen seen =
      feed_whole(kChunked + "2;abcdefghijklmnopqrst\r\nhi\r\n0\r\nX: y\r\n\r\n", none);
  EXPECT_TRUE(seen.complete) << seen;
  EXPECT_EQ(seen.body, "hi");
  EXPECT_EQ(feed_whole(kPost + "Content-Length: 18446744073709551615\r\n\r\n", none).declared,
            most);
}

TEST(RequestParserLimits, a_chunk_extension_that_never_ends_is_refused) {
  const std::string endless = kChunked + "1;" + std::string(20000, 'x');
  const Seen seen = feed_whole(endless);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->status, 413);
  EXPECT_EQ(feed_request(endless, pieces_of(997, endless)), seen);
}

}  // namespace
