// The place of a body in a connection's buffer while the body is being received.
//
//             begin       begin + kept   next
//               v              v          v
//   +-----------+--------------+----------+------------------+
//   | head      | body kept    | gap      | not yet read     |
//   +-----------+--------------+----------+------------------+
//
// The data of a chunked body is moved down to directly after the data before it, so that the body
// is contiguous in the end; what is left behind, the chunk sizes, forms a gap. A body that is
// discarded consists of the gap only. The bytes of a gap are no longer needed: the owner of the
// buffer may compact it at any time between two feeds.
#pragma once

#include <cstddef>
#include <span>

namespace http {

enum class BodyMode {
  keep,     // the body is part of the request, contiguous
  discard,  // its bytes are counted, and then dropped
};

struct Gap {
  std::size_t from = 0, to = 0;  // positions in the buffer
  [[nodiscard]] std::size_t size() const noexcept { return to - from; }
};

struct BodyPlace {
  std::size_t begin = 0;  // position of the body's first byte
  std::size_t kept = 0;   // bytes that are stored there, contiguous
  std::size_t next = 0;   // position of the first byte that has not been taken yet
  std::size_t size = 0;   // bytes of the body so far, kept or discarded
  BodyMode mode = BodyMode::keep;

  // The `count` bytes at `next` belong to the body. Each byte is moved at most once.
  void take(std::span<std::byte> buffer, std::size_t count);
  // The `count` bytes at `next` do not belong to the body.
  void skip(std::size_t count) noexcept { next += count; }

  [[nodiscard]] Gap gap() const noexcept { return {begin + kept, next}; }
};

}  // namespace http
