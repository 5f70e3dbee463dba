// The chunked coding, undone in place [RFC 9112 7.1].
//
//   5 CRLF hello CRLF        ->  hello world, and the trailers
//   6 ; a=b CRLF ' world' CRLF
//   0 CRLF
//   Digest: 1 CRLF
//   CRLF
//
// Every line ends with CRLF here, those of the trailers too: a program wrote them, not a person. From a
// server, blanks behind a size are passed over, trailers are unfolded, and one that belongs into the head
// is one trailer more: nothing is ever taken from there into the head [RFC 9110 6.5.1].
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/body_place.hpp"
#include "http/field_section.hpp"
#include "http/limits.hpp"
#include "http/line_scanner.hpp"
#include "http/parse_error.hpp"

namespace http {

struct ChunkHead {
  std::size_t size = 0;    // of the data; 0: this was the last chunk
  std::size_t digits = 0;  // how many bytes of the line tell it; what follows is extensions
};

// Takes the line before a chunk's data apart: hexadecimal digits, at most 16, and then extensions,
// which are checked and ignored [RFC 9112 7.1.1]. Error offsets count from the line.
[[nodiscard]] Parsed<ChunkHead> parse_chunk_head(std::string_view line);

class ChunkedDecoder {
 public:
  void start(const Limits& limits, Sender sender = Sender::client) noexcept;

  // Looks on at place.next; puts data where `place` says, and trailers into `trailers`, at most
  // `fields` of them. True when the whole body was read: end() is then behind its last byte. Error
  // offsets are positions.
  [[nodiscard]] Parsed<bool> decode(std::span<std::byte> buffer, BodyPlace& place, Fields& trailers,
                                    std::size_t fields);
  [[nodiscard]] std::size_t end() const noexcept { return trailers_.end(); }
  [[nodiscard]] std::size_t trailers_begin() const noexcept { return trailers_.begin(); }

  // A gap was compacted: what has not been read yet stands `count` bytes further down.
  void shift_down(std::size_t count) noexcept {
    if (state_ == State::trailers) trailers_.shift_down(count);
  }
  [[nodiscard]] std::size_t examined() const noexcept {
    return scanner_.examined() + trailers_.examined();
  }

 private:
  enum class State { size_line, data, data_end, trailers };

  Parsed<bool> read_size_line(std::string_view buffer, BodyPlace& place);
  Parsed<bool> read_data(std::span<std::byte> buffer, BodyPlace& place);
  Parsed<bool> read_data_end(std::string_view buffer, BodyPlace& place);
  Parsed<bool> read_trailers(std::span<std::byte> buffer, Fields& trailers, std::size_t fields);

  State state_ = State::size_line;
  Sender sender_ = Sender::client;
  std::size_t left_ = 0;             // of the present chunk's data
  std::size_t body_left_ = 0;        // what the limit still allows
  std::size_t extensions_left_ = 0;  // what the limit still allows
  std::size_t trailer_room_ = 0;
  LineScanner scanner_;
  FieldSection trailers_;
};

}  // namespace http
