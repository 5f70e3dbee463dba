#include "support/hello.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/request_parser.hpp"

namespace {

using examples::kHello;

// What is answered to a request without a body, as its bytes come.
http::Response answer(const std::string& method, const std::string& target) {
  const std::string text = method + ' ' + target + " HTTP/1.1\r\nHost: test\r\n\r\n";
  std::vector<std::byte> bytes(text.size());
  std::ranges::copy(http::as_bytes(text), bytes.begin());
  http::RequestParser parser;
  EXPECT_EQ(parser.feed(bytes), http::Progress::complete);
  return examples::answer_hello(parser.request());
}
std::string body(const http::Response& response) {
  return std::string(http::as_text(response.body()));
}

TEST(Hello, says_the_28_bytes_of_the_original) {
  EXPECT_EQ(kHello, "Hello! I am an epoll server.");
  EXPECT_EQ(kHello.size(), 28u);
  for (const char* method : {"GET", "POST"}) {
    for (const char* target : {"/", "/hello", "/upload", "/?a=b", "http://test/hello"}) {
      const auto response = answer(method, target);
      EXPECT_EQ(response.status(), 200) << method << ' ' << target;
      EXPECT_EQ(body(response), kHello);
      EXPECT_TRUE(response.fields().contains("Content-Type: text/html\r\n"));
    }
  }
  EXPECT_EQ(answer("HEAD", "/").status(), 200);
}

TEST(Hello, answers_404_for_any_other_path) {
  for (const char* target : {"/nothing", "/hello/", "/Hello", "//"})
    EXPECT_EQ(answer("GET", target).status(), 404) << target;
  EXPECT_EQ(answer("DELETE", "/nothing").status(), 404);
}

TEST(Hello, refuses_a_known_method_with_405_and_the_allowed_ones) {
  for (const char* method : {"PUT", "DELETE", "TRACE"}) {
    const auto response = answer(method, "/");
    EXPECT_EQ(response.status(), 405) << method;
    EXPECT_TRUE(response.fields().contains("Allow: GET, HEAD, POST, OPTIONS\r\n"));
  }
  EXPECT_EQ(answer("CONNECT", "test:80").status(), 405);
}

TEST(Hello, refuses_an_unknown_method_with_501) {
  for (const char* method : {"BREW", "get", "GETT"}) {
    const auto response = answer(method, "/");
    EXPECT_EQ(response.status(), 501) << method;
    EXPECT_FALSE(response.fields().contains("Allow:"));
  }
}

TEST(Hello, answers_options_with_204) {
  for (const char* target : {"*", "/", "/upload"}) {
    const auto response = answer("OPTIONS", target);
    EXPECT_EQ(response.status(), 204) << target;
    EXPECT_TRUE(response.fields().contains("Allow: GET, HEAD, POST, OPTIONS\r\n"));
    EXPECT_TRUE(response.body().empty());
  }
}

TEST(RefuseMethod, names_the_methods_of_the_caller) {
  const auto response = examples::refuse_method("PUT", "GET");
  EXPECT_EQ(response.status(), 405);
  EXPECT_TRUE(response.fields().contains("Allow: GET\r\n"));
}

}  // namespace
