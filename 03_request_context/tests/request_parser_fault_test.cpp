// What went wrong when the originals read requests. "001" and "000" are the epoll server and the poll
// server of the texts that this workbook started from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "feeding.hpp"

namespace {

using http::testing::feed_request;
using http::testing::feed_whole;
using http::testing::kChunked;
using http::testing::kPost;
using http::testing::Seen;
using std::literals::operator""s;
using testing::ElementsAre;
using testing::Pair;

// 001 compared the declared length with head and body together, and answered too early.
TEST(RequestParserFault, the_length_of_the_head_is_no_part_of_the_content_length) {
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
TEST(RequestParserFault, no_request_is_complete_before_its_empty_line) {
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t size = 0; size < request.size(); ++size)
    EXPECT_FALSE(feed_whole(request.substr(0, size)).complete) << size;
  EXPECT_TRUE(feed_whole(request).complete);
}

// 001 took a read for text as a whole: bytes of the body hid the head that came with them.
TEST(RequestParserFault, a_body_that_is_not_utf_8_hides_nothing_of_its_head) {
  const std::string jpeg = "\xff\xd8\xff\xe0\0\x10JFIF"s;
  const Seen seen = feed_whole(kPost + "Content-Length: 500000\r\n\r\n" + jpeg);
  EXPECT_FALSE(seen.complete);
  EXPECT_EQ(seen.heads, 1);
  EXPECT_EQ(seen.declared, 500000);
}

// ... and a character that was cut in two by the end of the read did the same.
TEST(RequestParserFault, a_character_cut_in_two_changes_nothing) {
  const std::string head = kPost + "Content-Length: 30000\r\n\r\n";
  std::string body(4095 - head.size(), 'a');
  while (body.size() < 30000) body += "\xe2\x82\xac";  // a euro sign, of three bytes
  body.resize(30000);
  EXPECT_EQ(feed_request(head + body, {4096}), feed_whole(head + body));
  EXPECT_FALSE(feed_whole((head + body).substr(0, 4096)).complete);
}

// 001 ended, and with it every client, over a Content-Length that was no number.
TEST(RequestParserFault, a_content_length_that_is_no_number_is_refused) {
  for (const char* value : {"abc", "-1", "+5", "", "0x5", "5 5", "18446744073709551616"}) {
    const Seen seen = feed_whole(kPost + "Content-Length: " + value + "\r\n\r\n");
    ASSERT_TRUE(seen.error) << value;
    EXPECT_EQ(seen.error->status, 400) << value;
  }
}

// 001 knew "content-length: " with one blank, and no other way to write it.
TEST(RequestParserFault, a_content_length_is_known_however_it_is_written) {
  for (const char* field : {"Content-Length:5", "content-length: 5", "CONTENT-LENGTH:  5",
                            "Content-Length: 5 ", "Content-Length:\t5\t"}) {
    const Seen seen = feed_whole(kPost + field + "\r\n\r\nhello");
    EXPECT_TRUE(seen.complete) << field << ": " << seen;
    EXPECT_EQ(seen.body, "hello") << field;
  }
}

// 001 searched every read that held "HTTP" for fields.
TEST(RequestParserFault, lines_of_the_body_are_no_fields) {
  const std::string body = "notes on HTTP\ncontent-length: 10\n\r\nhost: b\r\n\r\n";
  const Seen seen = feed_whole(kPost + "Content-Length: 50000\r\n\r\n" + body);
  EXPECT_EQ(seen.declared, 50000);
  EXPECT_FALSE(seen.complete);
  EXPECT_THAT(seen.fields, ElementsAre(Pair("Host", "a"), Pair("Content-Length", "50000")));
}

// 001 did not know chunks, which is how curl sends what it reads from a pipe.
TEST(RequestParserFault, a_chunked_upload_is_put_together) {
  const Seen seen = feed_whole(kChunked + "6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nSum: 11\r\n\r\n");
  ASSERT_TRUE(seen.complete) << seen;
  EXPECT_EQ(seen.body, "hello world");
  EXPECT_EQ(seen.declared, std::nullopt);
  EXPECT_THAT(seen.trailers, ElementsAre(Pair("Sum", "11")));
}

// 000 kept what it had read in a local variable: the second half of a request became a request.
TEST(RequestParserFault, a_request_in_two_reads_is_one_request) {
  const Seen seen = feed_request("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", {25});
  ASSERT_TRUE(seen.complete);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_THAT(seen.fields, ElementsAre(Pair("Host", "a"), Pair("X", "y")));
}

// 000 looked for a "Conntent-Length", and so never waited for a body.
TEST(RequestParserFault, a_body_is_waited_for_and_a_misspelt_length_means_nothing) {
  EXPECT_FALSE(feed_whole(kPost + "Content-Length: 5000\r\n\r\nabc").complete);
  const Seen misspelt = feed_whole(kPost + "Conntent-Length: x\r\n\r\n");
  EXPECT_TRUE(misspelt.complete);
  EXPECT_EQ(misspelt.body_size, 0);
}

// 000 answered when the head was there, with the body still on its way.
TEST(RequestParserFault, a_head_alone_is_no_request_if_a_body_is_to_come) {
  const std::string head = kPost + "Content-Length: 13\r\n\r\n";
  EXPECT_FALSE(feed_whole(head).complete);
  const Seen seen = feed_request(head + "name=WasmEdge", {head.size()});
  ASSERT_TRUE(seen.complete);
  EXPECT_EQ(seen.body, "name=WasmEdge");
}

}  // namespace
