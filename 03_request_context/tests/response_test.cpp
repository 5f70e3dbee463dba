#include "http/response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "http/text.hpp"

namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string head_of(const http::Response& response, const http::Delivery& delivery = {}) {
  http::Buffer out;
  http::append_head(out, response, delivery);
  return std::string(http::as_text(out.data()));
}

// The originals' answer ended its lines with LF alone, and a strict client refused it.
TEST(Response, every_line_of_the_head_ends_with_cr_lf) {
  const std::string head =
      head_of(http::Response::text(200, "hi").add("X-One", "1"),
              {.length = 2, .close = true, .date = "Sun, 06 Nov 1994 08:49:37 GMT"});
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "X-One: 1\r\n"
            "Content-Length: 2\r\n"
            "Connection: close\r\n"
            "\r\n");
}

TEST(Response, says_nothing_of_a_connection_that_stays_open) {
  EXPECT_EQ(head_of(http::Response(200), {.length = 0}),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST(Response, tells_a_client_of_http_1_0_that_the_connection_stays_open) {
  EXPECT_EQ(head_of(http::Response(200), {.length = 0, .told_to_keep = true}),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(Response, announces_chunks_where_there_is_no_length) {
  const std::string head = head_of(http::Response(200), {.chunked = true});
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
}

TEST(Response, announces_neither_length_nor_chunks_where_the_end_of_the_connection_is_the_end) {
  EXPECT_EQ(head_of(http::Response(200), {.close = true}),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

TEST(Response, states_no_length_where_there_can_be_no_body) {
  for (const int status : {100, 101, 204, 304}) {
    EXPECT_FALSE(http::Response(status).may_have_body()) << status;
    EXPECT_THAT(head_of(http::Response(status), {.length = 5}), Not(HasSubstr("Content-Length")));
    EXPECT_THAT(head_of(http::Response(status), {.chunked = true}), Not(HasSubstr("Transfer")));
  }
  for (const int status : {200, 206, 301, 404, 500})
    EXPECT_TRUE(http::Response(status).may_have_body()) << status;
}

TEST(Response, an_interim_answer_is_its_first_line_and_an_empty_one) {
  EXPECT_EQ(head_of(http::Response(100)), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(Response, names_every_status_that_the_parser_can_give) {
  for (const int status : {400, 408, 413, 414, 417, 431, 500, 501, 502, 505})
    EXPECT_NE(http::reason_phrase(status), "") << status;
  EXPECT_EQ(http::reason_phrase(200), "OK");
  EXPECT_EQ(http::reason_phrase(100), "Continue");
  EXPECT_EQ(http::reason_phrase(505), "HTTP Version Not Supported");
}

TEST(Response, a_status_without_a_name_keeps_the_space_before_it) {
  EXPECT_EQ(http::reason_phrase(299), "");
  EXPECT_THAT(head_of(http::Response(299), {.length = 0}), StartsWith("HTTP/1.1 299 \r\n"));
}

TEST(Response, a_status_outside_100_to_599_is_a_mistake_of_the_program) {
  for (const int status : {-1, 0, 99, 600, 1000})
    EXPECT_THROW(http::Response{status}, std::invalid_argument) << status;
  EXPECT_EQ(http::Response(100).status(), 100);
  EXPECT_EQ(http::Response(599).status(), 599);
}

TEST(Response, a_value_cannot_begin_a_line_of_its_own) {
  http::Response response(200);
  for (const std::string_view value : {"a\r\nSet-Cookie: evil", "a\nX: y", "a\rb", "\x7f", "\x01"})
    EXPECT_THROW(response.add("X-Name", value), std::invalid_argument) << value;
  EXPECT_THROW(response.add("X-Name", std::string_view("a\0b", 3)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(http::Response::text(200, "", "text/plain\r\nX: y")),
               std::invalid_argument);
  EXPECT_EQ(response.fields(), "") << "a refused field leaves nothing behind";
}

TEST(Response, a_value_may_hold_tabs_and_bytes_above_127_and_nothing_at_all) {
  http::Response response(200);
  response.add("A", "a\tb").add("B", "gr\xc3\xbc\xc3\x9f").add("C", "");
  EXPECT_EQ(response.fields(), "A: a\tb\r\nB: gr\xc3\xbc\xc3\x9f\r\nC: \r\n");
}

TEST(Response, a_name_must_be_a_token) {
  http::Response response(200);
  for (const std::string_view name : {"", "a b", "a:", "a\r\n", "\xc3\xbc", "(x)"})
    EXPECT_THROW(response.add(name, "1"), std::invalid_argument) << name;
}

TEST(Response, what_the_connection_writes_itself_cannot_be_added) {
  http::Response response(200);
  for (const std::string_view name :
       {"Content-Length", "content-length", "Transfer-Encoding", "CONNECTION", "Date"})
    EXPECT_THROW(response.add(name, "1"), std::invalid_argument) << name;
}

TEST(Response, a_body_is_bytes) {
  const std::vector<std::byte> bytes = {std::byte{0}, std::byte{0xff}, std::byte{'\n'}};
  const auto copied = http::Response::bytes(200, bytes);
  EXPECT_TRUE(std::ranges::equal(copied.body(), bytes));
  EXPECT_EQ(copied.fields(), "Content-Type: application/octet-stream\r\n");
  EXPECT_EQ(http::as_text(http::Response::text(404, "gone", "text/html").body()), "gone");
}

TEST(Response, bytes_that_are_moved_in_are_not_copied) {
  std::vector<std::byte> bytes(100'000);
  const std::byte* const at = bytes.data();
  const auto response = http::Response::bytes(200, std::move(bytes));
  EXPECT_EQ(response.body().data(), at);
}

TEST(Response, chunks_carry_their_size_in_hexadecimal) {
  http::Buffer out;
  http::append_chunk(out, http::as_bytes("hello, chunked world!!!!!!"));
  http::append_chunk(out, {});  // would be the last one: it is left out
  http::append_last_chunk(out);
  EXPECT_EQ(http::as_text(out.data()), "1a\r\nhello, chunked world!!!!!!\r\n0\r\n\r\n");
}

TEST(Response, a_constant_body_is_not_copied_before_it_is_taken) {
  static constexpr std::string_view kText = "a text that stays";
  http::Response response = http::Response::constant(200, kText);
  EXPECT_EQ(http::as_text(response.body()).data(), kText.data());
  EXPECT_EQ(http::as_text(response.take_body()), kText);
}

// Up to 80 bytes of fields stand in the answer itself.
TEST(Response, its_fields_are_the_same_wherever_they_stand) {
  for (std::size_t size = 0; size < 100; ++size) {
    http::Response response(200);
    const std::string value(size, 'v');
    response.add("A", value).add("B", "2");
    response.add("C", value);
    const http::Response moved = std::move(response);
    EXPECT_EQ(moved.fields(), "A: " + value + "\r\nB: 2\r\nC: " + value + "\r\n");
  }
}

}  // namespace
