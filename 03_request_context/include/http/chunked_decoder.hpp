// The chunked coding, decoded in place [RFC 9112 7.1].
//
//   5 CRLF hello CRLF        ->  hello world, and the trailers
//   6 ; a=b CRLF ' world' CRLF
//   0 CRLF
//   Digest: 1 CRLF
//   CRLF
//
// Every line has to end with CRLF here, including those of the trailers, because they are written
// by programs and not by people. From a client, a trailer named Content-Length, Transfer-Encoding,
// Host, Connection or Expect is refused with 400, at its first byte: it belongs in the head
// [RFC 9110 6.5.1]. From a server it is one more trailer, blanks after a size are skipped, and
// trailers are unfolded. Nothing is ever moved from the trailers into the head.
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
  std::size_t digits = 0;  // how many bytes of the line state it; extensions follow
};

// Parses the line before a chunk's data: hexadecimal digits, at most 16, and then extensions, which
// are checked and ignored [RFC 9112 7.1.1]. Everything after the digits counts as extensions. Error
// offsets count from the start of the line.
[[nodiscard]] Parsed<ChunkHead> parse_chunk_head(std::string_view line);

class ChunkedDecoder {
 public:
  void start(const Limits& limits, Sender sender = Sender::client) noexcept;

  // Continues at place.next; puts the data where `place` says, and at most `fields` trailers into
  // `trailers`. True when the whole body has been read: end() is then the position after its last
  // byte. Error offsets are positions.
  [[nodiscard]] Parsed<bool> decode(std::span<std::byte> buffer, BodyPlace& place, Fields& trailers,
                                    std::size_t fields);
  [[nodiscard]] std::size_t end() const noexcept { return trailers_.end(); }
  [[nodiscard]] std::size_t trailers_begin() const noexcept { return trailers_.begin(); }

  // A gap was compacted: the bytes that have not been read yet are now `count` bytes further down.
  void shift_down(std::size_t count) noexcept {
    if (state_ == State::trailers) trailers_.shift_down(count);
  }
  [[nodiscard]] std::size_t examined() const noexcept {
    return scanner_.examined() + trailers_.examined();
  }

 private:
  enum class State { size_line, data, data_end, trailers };

  // One step of `decode` each: true when it is done, false if it needs more bytes.
  Parsed<bool> read_size_line(std::string_view buffer, BodyPlace& place);
  Parsed<bool> read_data(std::span<std::byte> buffer, BodyPlace& place);
  Parsed<bool> read_data_end(std::string_view buffer, BodyPlace& place);
  Parsed<bool> read_trailers(std::span<std::byte> buffer, Fields& trailers, std::size_t fields);

  State state_ = State::size_line;
  Sender sender_ = Sender::client;
  std::size_t left_ = 0;             // of the current chunk's data
  std::size_t body_left_ = 0;        // what the limit still allows
  std::size_t extensions_left_ = 0;  // what the limit still allows
  std::size_t trailer_room_ = 0;
  LineScanner scanner_;
  FieldSection trailers_;
};

}  // namespace http
