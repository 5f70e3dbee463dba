// A part of a file, as a client asks for it: to go on with a download, or to jump in a video
// [RFC 9110 14].
#pragma once

#include <cstdint>
#include <string_view>

namespace http {

struct ByteRange {
  enum class Kind {
    whole,          // no range, or one that may be ignored: 200
    part,           // 206
    unsatisfiable,  // begins behind the end: 416
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t size = 0;  // of the part, or of the whole

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// What `field`, the value of a Range field, asks of `size` bytes:
//   bytes=0-99    the first hundred; an end behind that of the file is no error
//   bytes=100-    all but those
//   bytes=-100    the last hundred
// Another unit, what is no range, and more than one of them are ignored, as a server may: with many
// small ones a client could make an answer longer than the file [RFC 9110 14.2, 17.15].
[[nodiscard]] ByteRange requested_range(std::string_view field, std::uint64_t size) noexcept;

}  // namespace http
