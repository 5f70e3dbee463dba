// The corpus, in an ordinary build: whatever compiler and sanitizer that has.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "../cases.hpp"
#include "fuzz.hpp"

namespace {

void replay(const std::string& target, void (*run)(std::string_view)) {
  std::size_t count = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(CORPUS_FOLDER) / target)) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(in), {}};
    SCOPED_TRACE(file.path());
    run(input);
    ++count;
  }
  EXPECT_GT(count, 10u);
}

TEST(Corpus, of_requests_holds) {
  replay("request", fuzz::request);
}
TEST(Corpus, of_responses_holds) {
  replay("response", fuzz::response);
}
TEST(Corpus, of_chunked_bodies_holds) {
  replay("chunks", fuzz::chunks);
}
TEST(Corpus, of_sessions_holds) {
  replay("session", fuzz::session);
}
TEST(Corpus, of_addresses_holds) {
  replay("address", fuzz::address);
}
TEST(Corpus, of_urls_holds) {
  replay("url", fuzz::url);
}
TEST(Corpus, of_values_holds) {
  replay("value", fuzz::value);
}
TEST(Corpus, of_paths_holds) {
  replay("path", fuzz::path);
}

TEST(Corpus, of_the_requests_of_the_table_holds) {
  for (const auto& one : http::testing::request_cases()) {
    SCOPED_TRACE(one.name);
    fuzz::request(one.bytes);
    fuzz::session(one.bytes);
  }
}

}  // namespace
