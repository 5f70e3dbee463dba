// The body of a message, however it is framed: what both parsers share.
#pragma once

#include <cstddef>
#include <span>

#include "http/body_place.hpp"
#include "http/chunked_decoder.hpp"
#include "http/framing.hpp"
#include "http/limits.hpp"
#include "http/parse_error.hpp"

namespace http {

class BodyReader {
 public:
  // The body begins at this position of the buffer.
  void start(Framing framing, std::size_t position, BodyMode mode, const Limits& limits,
             Sender sender = Sender::client) noexcept;

  // To be called before the first read.
  void set_mode(BodyMode mode) noexcept { place_.mode = mode; }

  // Reads what has been received. True when the body is complete: end() is then the position after
  // its last byte. `fields` is the number of fields that the trailers may have. Error offsets are
  // positions.
  [[nodiscard]] Parsed<bool> read(std::span<std::byte> buffer, Fields& trailers,
                                  std::size_t fields);

  [[nodiscard]] Framing framing() const noexcept { return framing_; }
  [[nodiscard]] std::size_t size() const noexcept { return place_.size; }
  [[nodiscard]] std::size_t end() const noexcept;
  // The bytes that were kept, and the position of the trailer section's first byte, in this buffer.
  [[nodiscard]] std::span<const std::byte> kept(std::span<const std::byte> buffer) const noexcept;
  [[nodiscard]] std::size_t trailers_begin() const noexcept { return chunks_.trailers_begin(); }

  // The bytes that were kept are no longer needed.
  void release() noexcept { place_.kept = 0; }

  [[nodiscard]] Gap gap() const noexcept { return place_.gap(); }
  // See RequestParser::compact.
  std::size_t compact(std::span<std::byte> buffer) noexcept;
  [[nodiscard]] std::size_t examined() const noexcept { return chunks_.examined(); }

 private:
  Framing framing_;
  BodyPlace place_;
  std::size_t left_ = 0;  // bytes still to come; without a declared length: what the limit allows
  ChunkedDecoder chunks_;
};

}  // namespace http
