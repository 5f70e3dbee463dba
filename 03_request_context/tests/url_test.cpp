#include "http/url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using http::Url;

TEST(Url, is_taken_apart) {
  const auto url = Url::parse("http://example.org:8080/a/b?c=d&e");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->target, "/a/b?c=d&e");
  EXPECT_EQ(url->host_field, "example.org:8080");
}

TEST(Url, without_port_and_path_means_port_80_and_the_root) {
  const auto url = Url::parse("http://example.org");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->target, "/");
  EXPECT_EQ(url->host_field, "example.org");
}

TEST(Url, with_only_a_query_gets_a_root_before_it) {
  EXPECT_EQ(Url::parse("http://example.org?q=1")->target, "/?q=1");
}

TEST(Url, an_ipv6_address_loses_its_brackets_but_not_in_the_host_field) {
  const auto url = Url::parse("http://[::1]:8000/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 8000);
  EXPECT_EQ(url->host_field, "[::1]:8000");
}

TEST(Url, the_scheme_and_an_empty_port_are_read_as_rfc_3986_has_them) {
  const auto url = Url::parse("HTTP://Example.org:/a");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "Example.org");
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->target, "/a");
  EXPECT_EQ(Url::parse("hTTp://a:0080/")->port, 80);
}

TEST(Url, a_host_is_a_name_or_an_address) {
  EXPECT_TRUE(Url::parse("http://a_b-c.example/"));
  EXPECT_TRUE(Url::parse("http://[2001:db8::192.0.2.1]/"));
  for (const char* const host :
       {"a<b", "a\"b", "a|b", "a^b", "a%4", "[::1", "::1", "[::1]x", "[1:2]", "[localhost]", "[]",
        "a[b]", "[fe80::1%eth0]", "caf\xc3\xa9", "a:1:2", "a:99999999999999999999"}) {
    EXPECT_FALSE(Url::parse(std::string("http://") + host + "/")) << host;
  }
}

TEST(Url, a_fragment_is_not_sent) {
  EXPECT_EQ(Url::parse("http://example.org/page#part")->target, "/page");
}

TEST(Url, what_is_no_http_url_is_refused) {
  for (const char* const text :
       {"", "example.org", "https://example.org/", "http://", "http:///path", "http://:80/",
        "http://a:port/", "http://a:65536/", "http://a:-1/", "http://user@example.org/",
        "http://a/ b", "http://a/\x7f", "http://a/\r\nHost: b", "http://a\\b/"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

}  // namespace
