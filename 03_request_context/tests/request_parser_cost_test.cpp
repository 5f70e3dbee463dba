// What parsing costs: no allocation for an ordinary request, and work that grows with the bytes and
// not with the pieces.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <utility>

#include "allocations.hpp"
#include "http/request_parser.hpp"

namespace {

using http::Progress;
using http::RequestParser;

std::string head_of(std::size_t fields) {
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < fields; ++i) text += "X-" + std::to_string(i) + ": some value\r\n";
  return text + "\r\n";
}

std::size_t allocations_of_parsing(std::string text, RequestParser& parser) {
  const auto bytes = std::as_writable_bytes(std::span(text));
  const allocations::Watch watch;
  auto progress = parser.feed(bytes);
  if (progress == Progress::head_complete) progress = parser.feed(bytes);
  const bool complete = progress == Progress::complete;
  const std::size_t made = watch.made();
  EXPECT_TRUE(complete);
  return made;
}

TEST(RequestParserCost, a_request_of_64_fields_allocates_nothing) {
  RequestParser parser;
  EXPECT_EQ(allocations_of_parsing(head_of(64), parser), 0);
  EXPECT_EQ(parser.request().fields.size(), 64);
}

TEST(RequestParserCost, a_request_of_65_fields_allocates) {
  RequestParser parser;
  EXPECT_GT(allocations_of_parsing(head_of(65), parser), 0);
}

TEST(RequestParserCost, chunks_and_trailers_allocate_nothing) {
  RequestParser parser;
  EXPECT_EQ(
      allocations_of_parsing("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "2\r\nhi\r\n2;a=b\r\nho\r\n0\r\nX: y\r\n\r\n",
                             parser),
      0);
}

TEST(RequestParserCost, an_error_allocates_nothing) {
  RequestParser parser;
  std::string text = "GET / HTTP/1.1\r\nHost : a\r\n\r\n";
  const allocations::Watch watch;
  const bool refused = !parser.feed(std::as_writable_bytes(std::span(text))).has_value();
  EXPECT_EQ(watch.made(), 0);
  EXPECT_TRUE(refused);
}

std::size_t bytes_examined(std::string text, std::size_t piece) {
  RequestParser parser;
  const auto bytes = std::as_writable_bytes(std::span(text));
  for (std::size_t end = piece; end < bytes.size(); end += piece)
    EXPECT_EQ(parser.feed(bytes.first(end)), Progress::need_more);
  EXPECT_EQ(parser.feed(bytes), Progress::complete);
  return parser.examined();
}

TEST(RequestParserCost, a_head_of_64_kib_is_looked_at_once_even_byte_by_byte) {
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  text.resize(64 * 1024 - 4, 'x');
  text += "\r\n\r\n";
  const std::size_t whole = bytes_examined(text, text.size());
  EXPECT_GE(whole, text.size());
  EXPECT_LE(whole, 2 * text.size());
  EXPECT_EQ(bytes_examined(text, 1), whole);
  EXPECT_EQ(bytes_examined(text, 1000), whole);
}

TEST(RequestParserCost, many_short_lines_are_looked_at_once_even_byte_by_byte) {
  const std::string text = head_of(100);
  const std::size_t whole = bytes_examined(text, text.size());
  EXPECT_LE(whole, 2 * text.size());
  EXPECT_EQ(bytes_examined(text, 1), whole);
}

}  // namespace
