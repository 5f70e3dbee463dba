// Field lines, one after the other, up to an empty line: the rest of a head, or the trailers of a
// chunked body [RFC 9112 5, 7.1.2].
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "http/fields.hpp"
#include "http/limits.hpp"
#include "http/line_scanner.hpp"
#include "http/parse_error.hpp"

namespace http {

// Parses `line`, which is given without its end: the places of name and value in it. The value is
// trimmed. `first`: there is no field before it that it could continue. Error offsets count from
// the start of the line.
[[nodiscard]] Parsed<Fields::Place> parse_field_line(std::string_view line, bool first);

class FieldSection {
 public:
  // The section begins at this position of the buffer; it may have up to `room` bytes, including
  // line ends.
  void start(std::size_t position, std::size_t room, LineRules rules) noexcept;

  // Reads the lines that have been received and adds them to `fields`, whose base it sets, and which
  // may then hold `most` in all. True when the empty line has been read: end() is then the position
  // after it. Error offsets are positions.
  [[nodiscard]] Parsed<bool> read(std::string_view buffer, Fields& fields, std::size_t most) {
    return read_lines(buffer, {}, fields, most);
  }
  // The same. From a server, a line that begins with whitespace continues the field before it: the
  // line end between them is overwritten with spaces, as a client must do [RFC 9112 5.2].
  [[nodiscard]] Parsed<bool> read(std::span<std::byte> buffer, Fields& fields, std::size_t most,
                                  Sender sender) {
    const auto writable = sender == Sender::server ? buffer : std::span<std::byte>();
    return read_lines(as_text(buffer), writable, fields, most);
  }

  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t end() const noexcept { return begin_ + line_; }
  // All bytes are now `count` bytes further down in the buffer.
  void shift_down(std::size_t count) noexcept { begin_ -= count; }
  [[nodiscard]] std::size_t examined() const noexcept { return scanner_.examined(); }

 private:
  // `writable` is the same buffer, or empty if nothing may be unfolded.
  Parsed<bool> read_lines(std::string_view buffer, std::span<std::byte> writable, Fields& fields,
                          std::size_t most);
  // Continues the last of `fields` with the line that begins here.
  void unfold(std::span<std::byte> buffer, std::size_t position, std::string_view line,
              Fields& fields) noexcept;

  std::size_t begin_ = 0;  // position of the section's first byte; the fields count from here
  std::size_t line_ = 0;   // where the current line begins, counted from there
  std::size_t room_ = 0;
  LineRules rules_ = kHeadLine;
  LineScanner scanner_;
};

}  // namespace http
