#include "http/url_path.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using http::parse_url_path;

TEST(UrlPath, has_one_form_however_it_is_written) {
  const std::vector<std::pair<std::string, std::string>> same = {
      {"/", "/"},
      {"//", "/"},
      {"/files/a.txt", "/files/a.txt"},
      {"//files/a.txt", "/files/a.txt"},
      {"/files//a.txt", "/files/a.txt"},
      {"/files/./a.txt", "/files/a.txt"},
      {"/files/sub/../a.txt", "/files/a.txt"},
      {"/%66iles/a%2etxt", "/files/a.txt"},
      {"/a%20b", "/a b"},
      {"/files/", "/files/"},
      {"/files//", "/files/"},
      {"/files/.", "/files/"},
      {"/files/sub/..", "/files/"},
      {"/files/sub/%2e%2E", "/files/"},
      {"/..", "/"},
      {"/../../etc/passwd", "/etc/passwd"},
      {"/files/...", "/files/..."},
      {"/a+b", "/a+b"},
  };
  for (const auto& [written, text] : same) {
    const auto path = parse_url_path(written);
    ASSERT_TRUE(path) << written;
    EXPECT_EQ(path->text(), text) << written;
  }
}

// No request has it; but a fuzzer printed it, read it again, and got another one.
TEST(UrlPath, that_is_empty_is_the_root) {
  const auto path = parse_url_path("");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->text(), "/");
  EXPECT_TRUE(path->is_folder);
}

TEST(UrlPath, an_encoded_slash_divides_nothing) {
  const auto path = parse_url_path("/files/..%2fsecret");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->segments, (std::vector<std::string>{"files", "../secret"}));
}

TEST(UrlPath, that_is_badly_encoded_is_refused) {
  for (const char* const bad : {"/%", "/a%2", "/%zz", "/%2x", "/a%00b", "/%-1", "/%/11"})
    EXPECT_FALSE(parse_url_path(bad)) << bad;
}

TEST(UrlPath, that_is_encoded_means_the_same_again_and_names_no_other_host) {
  for (const char* const written :
       {"/", "//evil.example/x", "/a%20b/%3Fc%23/%25", "/%c3%a4/", "/%2f%2fevil.example/"}) {
    const auto path = parse_url_path(written);
    ASSERT_TRUE(path) << written;
    const std::string encoded = path->encoded();
    EXPECT_TRUE(encoded.starts_with('/')) << encoded;
    EXPECT_FALSE(encoded.starts_with("//")) << encoded;
    const auto again = parse_url_path(encoded);
    ASSERT_TRUE(again) << encoded;
    EXPECT_EQ(again->segments, path->segments) << encoded;
    EXPECT_EQ(again->is_folder, path->is_folder) << encoded;
  }
  EXPECT_EQ(http::encode_segment("a b/\"<\xc3\xa4"), "a%20b%2F%22%3C%C3%A4");
}

}  // namespace
