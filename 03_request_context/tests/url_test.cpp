#include "http/url.hpp"

#include <gtest/gtest.h>

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

TEST(Url, a_fragment_stays_at_home) {
  EXPECT_EQ(Url::parse("http://example.org/page#part")->target, "/page");
}

TEST(Url, what_is_no_http_url_is_refused) {
  for (const char* const text :
       {"", "example.org", "https://example.org/", "http://", "http:///path", "http://:80/",
        "http://a:port/", "http://a:65536/", "http://a:-1/", "http://user@example.org/",
        "http://a/ b", "http://a/\r\nHost: b", "http://a\\b/"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

}  // namespace
