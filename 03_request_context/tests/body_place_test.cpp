#include "http/body_place.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>

namespace {

using http::BodyMode;
using http::BodyPlace;

std::span<std::byte> bytes_of(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

TEST(BodyPlace, what_is_taken_in_one_piece_stays_where_it_is) {
  std::string text = "head|hello";
  BodyPlace place{.begin = 5, .next = 5};
  place.take(bytes_of(text), 2);
  place.take(bytes_of(text), 3);
  EXPECT_EQ(text, "head|hello");
  EXPECT_EQ(place.kept, 5);
  EXPECT_EQ(place.size, 5);
  EXPECT_EQ(place.next, 10);
  EXPECT_EQ(place.gap().size(), 0);
}

TEST(BodyPlace, what_is_taken_after_a_gap_moves_down_to_the_rest) {
  std::string text = "head|ab--cd-ef";
  BodyPlace place{.begin = 5, .next = 5};
  place.take(bytes_of(text), 2);
  place.skip(2);
  place.take(bytes_of(text), 2);
  place.skip(1);
  place.take(bytes_of(text), 2);
  EXPECT_EQ(text.substr(place.begin, place.kept), "abcdef");
  EXPECT_EQ(place.gap().from, 11);
  EXPECT_EQ(place.gap().to, 14);
}

TEST(BodyPlace, a_gap_shorter_than_what_is_moved_over_it_is_no_matter) {
  std::string text = "-0123456789";
  BodyPlace place;
  place.skip(1);
  place.take(bytes_of(text), 10);
  EXPECT_EQ(text.substr(0, place.kept), "0123456789");
}

TEST(BodyPlace, what_is_discarded_is_counted_and_left_as_a_hole) {
  std::string text = "head|hello";
  BodyPlace place{.begin = 5, .next = 5, .mode = BodyMode::discard};
  place.take(bytes_of(text), 5);
  EXPECT_EQ(text, "head|hello");
  EXPECT_EQ(place.kept, 0);
  EXPECT_EQ(place.size, 5);
  EXPECT_EQ(place.gap().from, 5);
  EXPECT_EQ(place.gap().to, 10);
}

}  // namespace
