// Turns bytes into a message, in whatever pieces they arrive: what RequestParser and ResponseParser
// share. Those two add the start line, and the rules for the head [RFC 9112 2.1].
//
//        start_line -------> fields --------> body -------> complete
//          ^  |                |   '------- no body ----------^
//          '--' empty lines    |
//          '--- interim answer-'
//
// The same result for every split. `feed` is always given all bytes from the first one of this
// message on, and remembers how far it has scanned: every byte is examined a fixed number of times,
// whether the bytes arrive at once or one by one. Between two calls the bytes may move to another
// place and more may follow; those that were there must still be there, except for a gap that was
// compacted.
//
// A body that is longer than the buffer. Between two feeds `gap()` covers bytes that are no longer
// needed; `compact` moves the bytes after the gap down over it. If it is called before each read, a
// discarded body of any length passes through a small buffer, and a kept body never costs more than
// its own bytes, however small its chunks are.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "http/body_place.hpp"
#include "http/body_reader.hpp"
#include "http/field_section.hpp"
#include "http/framing.hpp"
#include "http/limits.hpp"
#include "http/line_scanner.hpp"
#include "http/message.hpp"
#include "http/parse_error.hpp"

namespace http {

enum class Progress {
  need_more,      // everything in the buffer has been examined
  head_complete,  // reported once, only if a body follows; feed again: there may be more
  complete,       // the message is whole
};

class MessageParser {
 public:
  // Continues. `buffer` begins with the first byte of the message and holds everything that has
  // been received; chunks are joined in it. After an error every further call returns the same
  // error. Its offset counts from the first byte of the message, compacted or not.
  [[nodiscard]] Parsed<Progress> feed(std::span<std::byte> buffer);

  // The length of the body, once the head is complete; nullopt if only the end of the body shows
  // it.
  [[nodiscard]] std::optional<std::size_t> declared_length() const noexcept {
    return body_.framing().declared_length();
  }

  // At complete: how many bytes at the front of the buffer belong to this message. At
  // head_complete: how many of them belong to the head.
  [[nodiscard]] std::size_t consumed() const noexcept { return position_; }

  // True as soon as a byte of the message has been received (an empty line before a request does
  // not count): if the connection ends then, the message is incomplete.
  [[nodiscard]] bool started() const noexcept {
    return state_ != State::start_line || scanner_.looked() != 0;
  }

  // Whether the body is kept or discarded. To be called before head_complete or at it; the mode
  // also applies to later messages.
  void set_body_mode(BodyMode mode) noexcept {
    mode_ = mode;
    body_.set_mode(mode);
  }

  // To be called before the first byte of a message; the limits also apply to later messages.
  void set_limits(const Limits& limits) noexcept { limits_ = limits; }

  [[nodiscard]] Gap gap() const noexcept { return state_ == State::body ? body_.gap() : Gap{}; }
  // Returns by how many bytes the buffer has become shorter.
  std::size_t compact(std::span<std::byte> buffer) noexcept;

  // For a body that is consumed piece by piece: the bytes of it that are kept so far, in the buffer
  // of the last feed. release_body says that they are no longer needed, and makes them part of the
  // gap.
  [[nodiscard]] std::span<const std::byte> kept_body(
      std::span<const std::byte> buffer) const noexcept {
    return body_.kept(buffer);
  }
  void release_body() noexcept {
    body_.release();
    message().body = {};
  }

  // How many bytes have been examined; a byte that was examined twice counts twice. For tests: this
  // must grow with the number of bytes, not with the number of pieces.
  [[nodiscard]] std::size_t examined() const noexcept {
    return scanner_.examined() + section_.examined() + body_.examined();
  }

 protected:
  MessageParser(Sender sender, const Limits& limits, BodyMode mode)
      : sender_(sender), limits_(limits), mode_(mode) {}
  MessageParser(MessageParser&&) noexcept = default;
  MessageParser& operator=(MessageParser&&) noexcept = default;
  ~MessageParser() = default;  // never destroyed through a pointer to this class

  void reset() noexcept;

  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  // The bytes from the start line on, without empty lines before it.
  [[nodiscard]] std::string_view from_start_line(std::span<const std::byte> buffer) const noexcept;
  // Whether only the end of the connection completes the body, and the call for when it has come.
  [[nodiscard]] bool reads_until_close() const noexcept {
    return state_ == State::body && body_.framing().kind == Framing::Kind::until_close;
  }
  void complete() noexcept;
  std::unexpected<ParseError> fail(ParseError error) noexcept;

 private:
  // --- where requests and responses differ
  virtual Message& message() noexcept = 0;
  // Parses the start line. Offsets count from its first byte; so do those of start_line_too_long,
  // which is given as much of the line as is allowed.
  virtual Parsed<> read_start_line(std::string_view line) = 0;
  virtual ParseError start_line_too_long(std::string_view line) const noexcept = 0;
  // The rules for the fields beyond their syntax, and how the body is framed; nullopt for an
  // interim response, after which another head follows. Offsets count from the first field.
  virtual Parsed<std::optional<Framing>> check_head() = 0;
  // Makes views of what read_start_line has found, because the buffer may have moved since.
  virtual void resolve_start_line(std::string_view text) noexcept = 0;

  enum class State { start_line, fields, body, complete };

  Parsed<Progress> advance(std::span<std::byte> buffer);
  Parsed<bool> scan_start_line(std::string_view text);
  Parsed<bool> read_fields(std::span<std::byte> buffer);
  void resolve(std::span<std::byte> buffer) noexcept;

  Sender sender_;
  Limits limits_;
  BodyMode mode_;
  State state_ = State::start_line;
  std::optional<ParseError> error_;  // the error it failed with
  std::size_t position_ = 0;         // in the buffer: the first byte that has not been consumed yet
  std::size_t compacted_ = 0;        // bytes of removed gaps: position + compacted_ = offset
  std::size_t line_begin_ = 0;       // position of the start line
  LineScanner scanner_;              // of the start line
  FieldSection section_;             // the rest of the head
  BodyReader body_;
};

}  // namespace http
