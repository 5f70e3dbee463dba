// Where a body stands in a connection's buffer while it is coming in.
//
//             begin       begin + kept   next
//               v              v          v
//   +-----------+--------------+----------+------------------+
//   | head      | body kept    | gap      | not yet read     |
//   +-----------+--------------+----------+------------------+
//
// What is taken from a chunked body is moved down against what came before it, so that the body is
// one piece in the end; what is left behind, the chunk sizes, is a gap. A body that is discarded
// is all gap. The bytes of a gap are needed no more: the owner of the buffer may compact it at any
// time between two feeds.
#pragma once

#include <cstddef>
#include <span>

namespace http {

enum class BodyMode {
  keep,     // the body is in the request, in one piece
  discard,  // its bytes are counted, and then dropped
};

struct Gap {
  std::size_t from = 0, to = 0;  // positions in the buffer
  [[nodiscard]] std::size_t size() const noexcept { return to - from; }
};

struct BodyPlace {
  std::size_t begin = 0;  // position of the body's first byte
  std::size_t kept = 0;   // bytes that stand there, in one piece
  std::size_t next = 0;   // position of the first byte that is not taken yet
  std::size_t size = 0;   // bytes of the body so far, kept or discarded
  BodyMode mode = BodyMode::keep;

  // The `count` bytes at `next` belong to the body. Each byte is moved once at most.
  void take(std::span<std::byte> buffer, std::size_t count);
  // The `count` bytes at `next` do not.
  void skip(std::size_t count) noexcept { next += count; }

  [[nodiscard]] Gap gap() const noexcept { return {begin + kept, next}; }
};

}  // namespace http
