#include "http/request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "feeding.hpp"

namespace {

using http::TargetForm;
using http::testing::feed_request;
using http::testing::Seen;

Seen ask(const std::string& method, const std::string& target) {
  return feed_request(method + ' ' + target + " HTTP/1.1\r\nHost: h:1\r\n\r\n", {});
}

TEST(Request, of_origin_form_has_path_and_query) {
  const Seen seen = ask("GET", "/a/b?c=d?e");
  EXPECT_EQ(seen.form, TargetForm::origin);
  EXPECT_EQ(seen.path, "/a/b");
  EXPECT_EQ(seen.query, "c=d?e");
  EXPECT_EQ(seen.authority, "h:1");
}

TEST(Request, without_a_query_has_an_empty_one) {
  EXPECT_EQ(ask("GET", "/a").query, "");
  EXPECT_EQ(ask("GET", "/a?").query, "");
}

TEST(Request, of_absolute_form_names_its_host_itself) {
  const Seen seen = ask("GET", "http://a.example:80/p/q?r");
  EXPECT_EQ(seen.form, TargetForm::absolute);
  EXPECT_EQ(seen.path, "/p/q");
  EXPECT_EQ(seen.query, "r");
  EXPECT_EQ(seen.authority, "a.example:80");
}

TEST(Request, of_absolute_form_without_a_path_is_for_the_root) {
  EXPECT_EQ(ask("GET", "http://a").path, "/");
  EXPECT_EQ(ask("GET", "http://a?q=/x").path, "/");
  EXPECT_EQ(ask("GET", "http://a?q=/x").query, "q=/x");
  EXPECT_EQ(ask("GET", "http://a?q=/x").authority, "a");
}

TEST(Request, of_authority_form_has_no_path) {
  const Seen seen = ask("CONNECT", "a.example:443");
  EXPECT_EQ(seen.form, TargetForm::authority);
  EXPECT_EQ(seen.path, "");
  EXPECT_EQ(seen.authority, "a.example:443");
}

TEST(Request, of_asterisk_form_has_no_path) {
  const Seen seen = ask("OPTIONS", "*");
  EXPECT_EQ(seen.form, TargetForm::asterisk);
  EXPECT_EQ(seen.path, "");
  EXPECT_EQ(seen.authority, "h:1");
}

TEST(Request, of_http_1_0_may_name_no_host) {
  EXPECT_EQ(feed_request("GET / HTTP/1.0\r\n\r\n", {}).authority, "");
}

TEST(Request, persists_unless_the_client_says_close) {
  const auto keeps = [](const std::string& version, const std::string& field) {
    return feed_request("GET / HTTP/" + version + "\r\nHost: a\r\n" + field + "\r\n", {})
        .keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
}

}  // namespace
