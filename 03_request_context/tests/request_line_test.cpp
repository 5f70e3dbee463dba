#include "http/request_line.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace {

using http::parse_request_line;
using http::parse_version;
using http::TargetForm;
using http::Version;

// The offset at which the line is refused with this status; npos if it is not.
std::size_t refused_line(std::string_view line, int status = 400) {
  const auto parsed = parse_request_line(line);
  if (parsed || parsed.error().status != status) return std::string_view::npos;
  return parsed.error().offset;
}

TEST(RequestLine, has_three_parts) {
  const auto line = parse_request_line("GET /a?b HTTP/1.1");
  ASSERT_TRUE(line) << line.error().what;
  EXPECT_EQ(line->method, "GET");
  EXPECT_EQ(line->target, "/a?b");
  EXPECT_EQ(line->form, TargetForm::origin);
  EXPECT_EQ(line->version, (Version{1, 1}));
}

TEST(RequestLine, its_parts_are_views_of_it) {
  const std::string_view text = "GET / HTTP/1.0";
  const auto line = parse_request_line(text);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->method.data(), text.data());
  EXPECT_EQ(line->target.data(), text.data() + 4);
}

TEST(RequestLine, any_token_is_a_method) {
  EXPECT_EQ(parse_request_line("BREW /pot HTTP/1.1")->method, "BREW");
  EXPECT_EQ(parse_request_line("x-y.z /pot HTTP/1.1")->method, "x-y.z");
  EXPECT_EQ(refused_line("B(EW / HTTP/1.1"), 1);
  EXPECT_EQ(refused_line(" GET / HTTP/1.1"), 0);
  EXPECT_EQ(refused_line(""), 0);
}

TEST(RequestLine, each_part_is_needed) {
  EXPECT_EQ(refused_line("GET"), 3);
  EXPECT_EQ(refused_line("GET "), 4);
  EXPECT_EQ(refused_line("GET /"), 5);
  EXPECT_EQ(refused_line("GET / "), 6);
}

TEST(RequestLine, one_space_is_between_parts_and_none_elsewhere) {
  EXPECT_EQ(refused_line("GET  / HTTP/1.1"), 4);
  EXPECT_EQ(refused_line("GET /  HTTP/1.1"), 6);
  EXPECT_EQ(refused_line("GET /a b HTTP/1.1"), 8);
  EXPECT_EQ(refused_line("GET / HTTP/1.1 "), 14);
  EXPECT_EQ(refused_line("GET\t/ HTTP/1.1"), 3);
}

TEST(RequestLine, another_major_version_is_505_whatever_the_target) {
  EXPECT_EQ(refused_line("GET / HTTP/2.0", 505), 6);
  EXPECT_EQ(refused_line("PRI * HTTP/2.0", 505), 6);
  EXPECT_EQ(refused_line("GET / HTTP/0.9", 505), 6);
}

TEST(RequestLine, the_target_is_judged_with_the_method) {
  EXPECT_EQ(parse_request_line("OPTIONS * HTTP/1.1")->form, TargetForm::asterisk);
  EXPECT_EQ(refused_line("GET * HTTP/1.1"), 4);
}

TEST(Version, is_eight_bytes_in_capitals) {
  EXPECT_EQ(parse_version("HTTP/1.0"), (Version{1, 0}));
  EXPECT_EQ(parse_version("HTTP/1.9"), (Version{1, 9}));
  for (const char* text : {"", "HTTP", "HTTP/1", "HTTP/1.", "HTTP/1.x", "HTTP/1.11", "HTTP/11.1",
                           "http/1.1", "HTTP 1.1", "HTTP/1,1", "HTTQ/1.1", " HTTP/1.1"}) {
    ASSERT_FALSE(parse_version(text)) << text;
    EXPECT_EQ(parse_version(text).error().status, 400) << text;
  }
}

}  // namespace
