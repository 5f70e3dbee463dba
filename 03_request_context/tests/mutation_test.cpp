// Requests that stand in no table: the cases of the table, changed at random, with a seed that is
// always the same. Nothing is expected of what becomes of them, but that it is the same for every
// split, and that the sanitizers have nothing to say.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cases.hpp"
#include "feeding.hpp"

namespace {

using http::BodyMode;
using http::testing::feed_request;
using http::testing::feed_response;
using http::testing::Feeding;
using http::testing::pieces_of;
using http::testing::request_cases;
using http::testing::Seen;

using Random = std::mt19937;

// The standard's distributions may differ from library to library; this does not.
std::size_t below(Random& random, std::size_t bound) {
  return random() % bound;
}

const std::string& any_case(Random& random) {
  return request_cases()[below(random, request_cases().size())].bytes;
}

void mutate(Random& random, std::string& bytes) {
  using std::literals::operator""sv;
  static constexpr std::string_view kPieces[] = {"\r\n"sv,
                                                 "\r"sv,
                                                 "\n"sv,
                                                 "\0"sv,
                                                 " "sv,
                                                 "\t"sv,
                                                 ":"sv,
                                                 ","sv,
                                                 ";"sv,
                                                 "\""sv,
                                                 "\\"sv,
                                                 "0"sv,
                                                 "5"sv,
                                                 "f"sv,
                                                 "-"sv,
                                                 "0\r\n\r\n"sv,
                                                 "\r\n\r\n"sv,
                                                 "HTTP/1.1"sv,
                                                 "HTTP/1.0"sv,
                                                 "chunked"sv,
                                                 "Content-Length: 3\r\n"sv,
                                                 "Transfer-Encoding: chunked\r\n"sv,
                                                 "Host: a\r\n"sv,
                                                 "Expect: 100-continue\r\n"sv,
                                                 "\xff"sv,
                                                 "3\r\nabc\r\n"sv};
  const std::size_t at = below(random, bytes.size() + 1);
  const std::size_t count = std::min(below(random, 8), bytes.size() - at);
  switch (below(random, 5)) {
    case 0:
      bytes.erase(at, count);
      break;
    case 1:
      bytes.insert(at, kPieces[below(random, std::size(kPieces))]);
      break;
    case 2:
      bytes.replace(at, count, kPieces[below(random, std::size(kPieces))]);
      break;
    case 3:
      if (at < bytes.size()) bytes[at] = static_cast<char>(below(random, 256));
      break;
    default: {  // ends like another request
      const std::string& other = any_case(random);
      bytes.replace(at, bytes.npos, other.substr(below(random, other.size())));
    }
  }
}

std::vector<std::size_t> any_split(Random& random, std::size_t size) {
  std::vector<std::size_t> ends(below(random, 6));
  for (std::size_t& end : ends) end = below(random, size + 1);
  std::ranges::sort(ends);
  return ends;
}

// Small limits, so that short requests reach them.
http::Limits any_limits(Random& random) {
  if (below(random, 3) != 0) return {};
  return {.request_line = 10 + below(random, 20),
          .head = 20 + below(random, 100),
          .fields = 1 + below(random, 4),
          .body = below(random, 12),
          .chunk_extensions = below(random, 8)};
}

TEST(Mutation, a_changed_request_says_the_same_for_every_split) {
  Random random(20240607);
  std::size_t complete = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = any_case(random);
    for (std::size_t i = below(random, 4); i != 0; --i) mutate(random, bytes);
    Feeding feeding{.limits = any_limits(random)};
    const Seen whole = feed_request(bytes, {}, feeding);
    complete += whole.complete ? 1 : 0;
    refused += whole.error ? 1 : 0;
    for (int i = 0; i < 4; ++i) {
      feeding.compacts = below(random, 2) == 0;
      ASSERT_EQ(feed_request(bytes, any_split(random, bytes.size()), feeding), whole)
          << "round " << round << ": " << testing::PrintToString(bytes);
    }
    Seen discarded = whole;
    discarded.body.clear();
    feeding.mode = BodyMode::discard;
    ASSERT_EQ(feed_request(bytes, any_split(random, bytes.size()), feeding), discarded)
        << "round " << round << ": " << testing::PrintToString(bytes);
  }
  // The changes must not be so wild that nothing gets through.
  EXPECT_GT(complete, 300);
  EXPECT_GT(refused, 300);
}

TEST(Mutation, an_offset_lies_within_what_was_sent) {
  Random random(42);
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = any_case(random);
    for (std::size_t i = below(random, 6); i != 0; --i) mutate(random, bytes);
    const Seen seen = feed_request(bytes, {}, {.limits = any_limits(random)});
    const std::size_t told = seen.error ? seen.error->offset : seen.consumed;
    ASSERT_LE(told, bytes.size()) << "round " << round << ": " << testing::PrintToString(bytes);
  }
}

// A response is the same field lines and chunks behind another first line.
TEST(Mutation, a_changed_response_says_the_same_byte_by_byte) {
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = any_case(random);
    bytes.replace(0, bytes.find('\n'), "HTTP/1.1 200 OK\r");
    for (std::size_t i = below(random, 4); i != 0; --i) mutate(random, bytes);
    const Feeding feeding{.limits = any_limits(random)};
    const auto one_by_one = pieces_of(1, bytes);
    ASSERT_EQ(feed_response("GET", bytes, one_by_one, feeding),
              feed_response("GET", bytes, {}, feeding))
        << "round " << round << ": " << testing::PrintToString(bytes);
  }
}

}  // namespace
