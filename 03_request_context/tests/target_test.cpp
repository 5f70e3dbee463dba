#include "http/target.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using http::parse_host_port;
using http::parse_target;
using http::TargetForm;

std::size_t host_fault(std::string_view text) {
  const auto parsed = parse_host_port(text);
  return parsed ? std::string_view::npos : parsed.error().offset;
}

TEST(HostPort, are_taken_apart_at_the_colon) {
  EXPECT_EQ(parse_host_port("a.example:80")->host, "a.example");
  EXPECT_EQ(parse_host_port("a.example:80")->port, "80");
  EXPECT_EQ(parse_host_port("a.example")->port, "");
  EXPECT_EQ(parse_host_port("[::1]:80")->host, "[::1]");
  EXPECT_EQ(parse_host_port("[::1]:80")->port, "80");
}

TEST(HostPort, may_both_be_empty) {
  EXPECT_EQ(host_fault(""), std::string_view::npos);
  EXPECT_EQ(host_fault(":"), std::string_view::npos);
  EXPECT_EQ(host_fault("a:"), std::string_view::npos);
}

TEST(HostPort, hold_what_rfc_3986_allows) {
  EXPECT_EQ(host_fault("a-b_c~d.e!$&'()*+,;="), std::string_view::npos);
  EXPECT_EQ(host_fault("%41%ff"), std::string_view::npos);
  EXPECT_EQ(host_fault("[v1.a:b]"), std::string_view::npos);
  EXPECT_EQ(host_fault("%41<"), 3);
  EXPECT_EQ(host_fault("a b"), 1);
  EXPECT_EQ(host_fault("a/b"), 1);
  EXPECT_EQ(host_fault("me@a"), 2);
  EXPECT_EQ(host_fault("a%4"), 1);
  EXPECT_EQ(host_fault("a%4g"), 1);
  EXPECT_EQ(host_fault("a\x80"), 1);
  EXPECT_EQ(host_fault("[::1"), 0);
  EXPECT_EQ(host_fault("[]"), 0);
  EXPECT_EQ(host_fault("[a/b]"), 0);
  EXPECT_EQ(host_fault("[2001:db8::192.0.2.1]"), std::string_view::npos);
  EXPECT_EQ(host_fault("[1:2:3]"), 0);
  EXPECT_EQ(host_fault("[::1::2]"), 0);
  EXPECT_EQ(host_fault("[localhost]"), 0);
  EXPECT_EQ(host_fault("[127.0.0.1]"), 0);
  EXPECT_EQ(host_fault("[v.a]"), 0);
  EXPECT_EQ(host_fault("[v1.]"), 0);
  EXPECT_EQ(host_fault("[" + std::string(100, ':') + "]"), 0);
  EXPECT_EQ(host_fault(std::string_view("[::1\0]", 6)), 0);
  EXPECT_EQ(host_fault("[::1]a"), 5);
}

TEST(HostPort, end_where_the_view_ends) {
  EXPECT_EQ(host_fault(std::string_view("a%41").substr(0, 3)), 1);
  EXPECT_EQ(host_fault(std::string_view("a%41").substr(0, 2)), 1);
}

TEST(HostPort, have_a_port_of_16_bits) {
  EXPECT_EQ(host_fault("a:0"), std::string_view::npos);
  EXPECT_EQ(host_fault("a:65535"), std::string_view::npos);
  EXPECT_EQ(host_fault("a:0080"), std::string_view::npos);
  EXPECT_EQ(host_fault("a:65536"), 2);
  EXPECT_EQ(host_fault("a:99999999999999999999"), 2);
  EXPECT_EQ(host_fault("a:-1"), 2);
  EXPECT_EQ(host_fault("a:b"), 2);
  EXPECT_EQ(host_fault("a:1:2"), 2);
}

TEST(Target, has_one_of_four_forms) {
  EXPECT_EQ(parse_target("GET", "/"), TargetForm::origin);
  EXPECT_EQ(parse_target("GET", "//a"), TargetForm::origin);
  EXPECT_EQ(parse_target("GET", "http://a"), TargetForm::absolute);
  EXPECT_EQ(parse_target("GET", "svn+ssh://a/b"), TargetForm::absolute);
  EXPECT_EQ(parse_target("CONNECT", "a:1"), TargetForm::authority);
  EXPECT_EQ(parse_target("OPTIONS", "*"), TargetForm::asterisk);
}

TEST(Target, a_scheme_is_of_letters_digits_plus_minus_and_dot) {
  for (const char* scheme : {"aZ", "h2", "a+b", "a-b", "a.b"})
    EXPECT_EQ(parse_target("GET", std::string(scheme) + "://a"), TargetForm::absolute) << scheme;
}

TEST(Target, of_another_kind_is_refused) {
  for (const char* target : {"a", "a:80", "?q", "http:", "http:/a", "http://", "://a", "1x://a",
                             "ht_tp://a", "**", "*a", "/a#b", "http://a#b", "http://me@a/"})
    EXPECT_FALSE(parse_target("GET", target)) << target;
}

TEST(Target, must_fit_the_method) {
  EXPECT_FALSE(parse_target("GET", "*"));
  EXPECT_FALSE(parse_target("options", "*"));
  EXPECT_FALSE(parse_target("CONNECT", "*"));
  EXPECT_FALSE(parse_target("CONNECT", "/"));
  EXPECT_FALSE(parse_target("CONNECT", "http://a:1/"));
  EXPECT_FALSE(parse_target("CONNECT", ":1"));
  EXPECT_FALSE(parse_target("CONNECT", "a"));
  EXPECT_FALSE(parse_target("CONNECT", "a:"));
}

}  // namespace
