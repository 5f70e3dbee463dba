// What parsing costs: no allocation for an ordinary request, and work that grows with the bytes and
// not with the pieces. This program counts every allocation that it makes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "http/request_parser.hpp"

namespace {
std::size_t allocations = 0;  // of this program, which has one thread
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

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
  const std::size_t before = allocations;
  auto progress = parser.feed(bytes);
  if (progress == Progress::head_complete) progress = parser.feed(bytes);
  const bool complete = progress == Progress::complete;
  const std::size_t made = allocations - before;
  EXPECT_TRUE(complete);
  return made;
}

TEST(RequestParserCost, counting_sees_allocations) {
  const std::size_t before = allocations;
  const std::string text(1000, 'x');
  EXPECT_EQ(allocations, before + 1) << text.size();
}

TEST(RequestParserCost, a_request_of_64_fields_allocates_nothing) {
  RequestParser parser;
  EXPECT_EQ(allocations_of_parsing(head_of(64), parser), 0);
  EXPECT_EQ(parser.request().fields.size(), 64);
}

TEST(RequestParserCost, a_65th_field_does) {
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
  const std::size_t before = allocations;
  const bool refused = !parser.feed(std::as_writable_bytes(std::span(text))).has_value();
  EXPECT_EQ(allocations, before);
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
