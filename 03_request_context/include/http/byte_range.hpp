// The part of a file that a client requests, to resume a download or to seek in a video
// [RFC 9110 14].
#pragma once

#include <cstdint>
#include <string_view>

namespace http {

struct ByteRange {
  enum class Kind {
    whole,          // no range, or one that may be ignored: 200
    part,           // 206
    unsatisfiable,  // begins after the end: 416
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t size = 0;  // of the part, or of the whole

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// The part of `size` bytes that `field`, the value of a Range field, requests:
//   bytes=0-99    the first hundred; an end after that of the file is no error
//   bytes=100-    all but those
//   bytes=-100    the last hundred
// A range in another unit, a malformed range, and a list of more than one range are ignored, as a
// server may do: with many small ranges a client could make an answer longer than the file
// [RFC 9110 14.2, 17.15].
[[nodiscard]] ByteRange requested_range(std::string_view field, std::uint64_t size) noexcept;

}  // namespace http
