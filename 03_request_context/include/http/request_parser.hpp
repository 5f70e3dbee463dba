// Bytes become a request, in whatever pieces they come [RFC 9112].
//
//   http::RequestParser parser(limits);
//   while (true) {
//     const auto progress = parser.feed(buffer.filled());
//     if (!progress) ...                            // refuse: progress.error() says with what
//     else if (*progress == Progress::need_more)    // read more behind what is there, feed again
//     else if (*progress == Progress::head_complete)  // a body is coming: "100 Continue"? discard it?
//     else {                                        // Progress::complete
//       answer(parser.request());
//       buffer.drop_front(parser.consumed());
//       parser.reset();                             // the next request may be there already
//     }
//   }
//
// The same answer for every split. `feed` is always given all bytes from the first one of this
// request on, and remembers how far it has looked: every byte is looked at a fixed number of times,
// whether they come at once or one by one. Between two calls the bytes may move to another place and
// more may follow; those that were there must still be there, but for a hole that was closed.
//
// Refuse, never repair. Where two readers of the same bytes could disagree about where a request
// ends, somebody can hide a request from one of them [RFC 9112 11.2]. So what the RFC lets a server
// mend is refused where that touches framing: a folded line, a bare CR, a repeated Content-Length.
// And a URI of another scheme than http, https too, is for another server: 421 [RFC 9110 7.4].
// Two things are forgiven, as RFC 9112 2.2 wants it: a line of the head may end with LF alone, for
// people who type into nc(1); and empty lines before the request, which some clients send behind
// the body of the one before, are skipped. All of them together may be as long as a request line.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "http/body_place.hpp"
#include "http/body_reader.hpp"
#include "http/field_section.hpp"
#include "http/limits.hpp"
#include "http/line_scanner.hpp"
#include "http/parse_error.hpp"
#include "http/request.hpp"

namespace http {

enum class Progress {
  need_more,      // everything there has been looked at
  head_complete,  // told once, and only if a body follows; feed again, there may be more already
  complete,       // the request is whole
};

class RequestParser {
 public:
  explicit RequestParser(const Limits& limits = {}, BodyMode mode = BodyMode::keep);

  // Looks on. `buffer` begins with the first byte of the request and holds all that has come;
  // chunked bodies are put together in it. After an error the answer stays that error.
  [[nodiscard]] Parsed<Progress> feed(std::span<std::byte> buffer);

  // The request: without a body at head_complete, whole at complete. Its views point into the buffer
  // of that very feed, and are good as long as the bytes stay where they are.
  [[nodiscard]] const Request& request() const noexcept { return request_; }

  // How long the body will be, once the head is complete; nullopt for a chunked one, of which
  // nobody knows.
  [[nodiscard]] std::optional<std::size_t> declared_length() const noexcept;

  // At complete: how many bytes at the front of the buffer belong to this request. They are no longer
  // needed when it is answered. At head_complete: how many of them are the head.
  [[nodiscard]] std::size_t consumed() const noexcept { return position_; }

  // Ready for the next request, whose first byte is now the first of the buffer.
  void reset() noexcept;

  // True as soon as a byte of the request has come (an empty line before it is none): what a closing
  // client leaves behind is then half a request.
  [[nodiscard]] bool started() const noexcept;

  // Whether the method is HEAD, as far as `buffer`, that of the last feed, can tell: also of a request
  // that was refused, or is not whole yet. What answers it has no body [RFC 9110 9.3.2].
  [[nodiscard]] bool asks_for_head_only(std::span<const std::byte> buffer) const noexcept;

  // Whether the body is kept or discarded: at head_complete at the latest; stays for later requests.
  void set_body_mode(BodyMode mode) noexcept {
    mode_ = mode;
    body_.set_mode(mode);
  }

  // A body that is longer than the buffer. Between two feeds `gap()` holds bytes that nobody needs;
  // compact moves what follows down over it, and returns by how many bytes the buffer is shorter
  // now. Closed before each read, a discarded body of any length passes through a small buffer, and a
  // kept one never costs more than its own bytes, however small its chunks are.
  [[nodiscard]] Gap gap() const noexcept;
  std::size_t compact(std::span<std::byte> buffer) noexcept;

  // A body that is used piece by piece: what is kept of it so far, in the buffer of the last feed; and
  // that it is needed no more, and belongs to the hole.
  [[nodiscard]] std::span<const std::byte> kept_body(
      std::span<const std::byte> buffer) const noexcept {
    return body_.kept(buffer);
  }
  void release_body() noexcept {
    body_.release();
    request_.body = {};
  }

  // How many bytes it has looked at, those that it looked at twice counted twice. For tests: this
  // must grow with the number of bytes, not with the number of pieces.
  [[nodiscard]] std::size_t examined() const noexcept;

 private:
  enum class State { request_line, fields, body, complete, failed };

  Parsed<Progress> advance(std::span<std::byte> buffer);
  Parsed<bool> read_request_line(std::string_view text);
  Parsed<bool> read_fields(std::string_view text);
  Parsed<Framing> check_head();
  void resolve(std::span<std::byte> buffer) noexcept;

  Limits limits_;
  BodyMode mode_;
  State state_ = State::request_line;
  ParseError error_;             // why it failed
  std::size_t position_ = 0;     // in the buffer: the first byte that no part has taken yet
  std::size_t closed_ = 0;       // bytes of holes that are gone: position + closed_ = offset
  std::size_t line_begin_ = 0;   // position of the request line, behind empty ones
  std::size_t method_size_ = 0;  // the request line: method, a space, target, a space, version
  std::size_t target_size_ = 0;
  Request request_;
  LineScanner scanner_;   // of the request line
  FieldSection section_;  // the rest of the head
  BodyReader body_;
};

}  // namespace http
