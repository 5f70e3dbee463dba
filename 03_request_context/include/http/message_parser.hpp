// Bytes become a message, in whatever pieces they come: what RequestParser and ResponseParser share.
// They add the start line, and what a head must say [RFC 9112 2.1].
//
//        start_line -------> fields --------> body -------> complete
//          ^  |                |   '------- no body ----------^
//          '--' empty lines    |
//          '--- interim answer-'
//
// The same answer for every split. `feed` is always given all bytes from the first one of this
// message on, and remembers how far it has looked: every byte is looked at a fixed number of times,
// whether they come at once or one by one. Between two calls the bytes may move to another place and
// more may follow; those that were there must still be there, but for a gap that was compacted.
//
// A body that is longer than the buffer. Between two feeds `gap()` holds bytes that are needed no
// more; `compact` moves what follows down over it. Called before each read, a discarded body of any
// length passes through a small buffer, and a kept one never costs more than its own bytes, however
// small its chunks are.
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
  need_more,      // everything there has been looked at
  head_complete,  // told once, and only if a body follows; feed again, there may be more already
  complete,       // the message is whole
};

class MessageParser {
 public:
  // Looks on. `buffer` begins with the first byte of the message and holds all that has come; chunks
  // are put together in it. After an error the answer stays that error, whose offset counts from the
  // first byte of the message, compacted or not.
  [[nodiscard]] Parsed<Progress> feed(std::span<std::byte> buffer);

  // How long the body will be, once the head is complete; nullopt if only its end will tell.
  [[nodiscard]] std::optional<std::size_t> declared_length() const noexcept {
    return body_.framing().declared_length();
  }

  // At complete: how many bytes at the front of the buffer belong to this message. At head_complete:
  // how many of them are the head.
  [[nodiscard]] std::size_t consumed() const noexcept { return position_; }

  // True as soon as a byte of the message has come (an empty line before a request is none): what
  // comes to an end then is half a message.
  [[nodiscard]] bool started() const noexcept {
    return state_ != State::start_line || scanner_.looked() != 0;
  }

  // Whether the body is kept or discarded: at head_complete at the latest; stays for later messages.
  void set_body_mode(BodyMode mode) noexcept {
    mode_ = mode;
    body_.set_mode(mode);
  }

  // For later messages, too; before the first byte of one.
  void set_limits(const Limits& limits) noexcept { limits_ = limits; }

  [[nodiscard]] Gap gap() const noexcept { return state_ == State::body ? body_.gap() : Gap{}; }
  // Returns by how many bytes the buffer is shorter now.
  std::size_t compact(std::span<std::byte> buffer) noexcept;

  // A body that is used piece by piece: what is kept of it so far, in the buffer of the last feed; and
  // that it is needed no more, and belongs to the gap.
  [[nodiscard]] std::span<const std::byte> kept_body(
      std::span<const std::byte> buffer) const noexcept {
    return body_.kept(buffer);
  }
  void release_body() noexcept {
    body_.release();
    message().body = {};
  }

  // How many bytes it has looked at, those that it looked at twice counted twice. For tests: this
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
  // From the start line on; without empty lines before it.
  [[nodiscard]] std::string_view from_start_line(std::span<const std::byte> buffer) const noexcept;
  // Whether only the end of the connection makes the body complete; and that it has come.
  [[nodiscard]] bool reads_until_close() const noexcept {
    return state_ == State::body && body_.framing().kind == Framing::Kind::until_close;
  }
  void complete() noexcept;
  std::unexpected<ParseError> fail(ParseError error) noexcept;

 private:
  // --- what requests and responses differ in
  virtual Message& message() noexcept = 0;
  // Takes the start line apart. Offsets count from its first byte, also that of start_line_too_long,
  // which is given as much of the line as is allowed.
  virtual Parsed<> read_start_line(std::string_view line) = 0;
  virtual ParseError start_line_too_long(std::string_view line) const noexcept = 0;
  // What the fields must be beyond their syntax, and how the body is framed; nullopt for an interim
  // answer, which another head follows. Offsets count from the first field.
  virtual Parsed<std::optional<Framing>> check_head() = 0;
  // Makes views of what read_start_line has found: the buffer may have moved since.
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
  std::optional<ParseError> error_;  // why it failed
  std::size_t position_ = 0;         // in the buffer: the first byte that no part has taken yet
  std::size_t compacted_ = 0;        // bytes of gaps that are gone: position + compacted_ = offset
  std::size_t line_begin_ = 0;       // position of the start line
  LineScanner scanner_;              // of the start line
  FieldSection section_;             // the rest of the head
  BodyReader body_;
};

}  // namespace http
