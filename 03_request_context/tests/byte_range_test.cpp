#include "http/byte_range.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace {

using http::ByteRange;
using http::requested_range;

constexpr ByteRange part(std::uint64_t first, std::uint64_t size) {
  return {.kind = ByteRange::Kind::part, .first = first, .size = size};
}

TEST(ByteRange, is_a_part_from_one_byte_to_another) {
  EXPECT_EQ(requested_range("bytes=0-0", 1000), part(0, 1));
  EXPECT_EQ(requested_range("bytes=0-99", 1000), part(0, 100));
  EXPECT_EQ(requested_range("bytes=999-999", 1000), part(999, 1));
  EXPECT_EQ(requested_range("Bytes=5-6", 1000), part(5, 2));
}

TEST(ByteRange, without_an_end_goes_to_that_of_the_file) {
  EXPECT_EQ(requested_range("bytes=0-", 1000), part(0, 1000));
  EXPECT_EQ(requested_range("bytes=999-", 1000), part(999, 1));
}

TEST(ByteRange, without_a_beginning_is_the_last_bytes) {
  EXPECT_EQ(requested_range("bytes=-1", 1000), part(999, 1));
  EXPECT_EQ(requested_range("bytes=-1000", 1000), part(0, 1000));
  EXPECT_EQ(requested_range("bytes=-5000", 1000), part(0, 1000));
}

TEST(ByteRange, that_ends_after_the_end_of_the_file_is_cut_off_there) {
  EXPECT_EQ(requested_range("bytes=900-1000", 1000), part(900, 100));
  EXPECT_EQ(requested_range("bytes=900-99999999999999999999999", 1000), part(900, 100));
  EXPECT_EQ(requested_range("bytes=-99999999999999999999999", 1000), part(0, 1000));
}

TEST(ByteRange, that_begins_after_the_end_of_the_file_is_unsatisfiable) {
  for (const char* const field : {"bytes=1000-", "bytes=1000-1000", "bytes=5000-6000",
                                  "bytes=18446744073709551616-", "bytes=-0"})
    EXPECT_EQ(requested_range(field, 1000).kind, ByteRange::Kind::unsatisfiable) << field;
}

TEST(ByteRange, of_an_empty_file_is_all_of_it_or_unsatisfiable) {
  EXPECT_EQ(requested_range("bytes=0-", 0).kind, ByteRange::Kind::unsatisfiable);
  EXPECT_EQ(requested_range("bytes=-5", 0), ByteRange{});
}

TEST(ByteRange, that_is_invalid_is_ignored) {
  const ByteRange whole{.size = 1000};
  for (const char* const field :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-4", "bytes=+1-2",
        "bytes=1-2x", "bytes= 1-2", "bytes=--5", "bytes=1--2", "bytes=0x1-2", "lines=1-2",
        "bytes=0-0,2-2", "bytes=0-0, -1"})
    EXPECT_EQ(requested_range(field, 1000), whole) << field;
}

}  // namespace
