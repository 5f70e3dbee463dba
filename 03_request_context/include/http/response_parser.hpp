// Bytes become a response: the client's half [RFC 9112 4, 6.3].
//
//   http::ResponseParser parser("GET");                  // the method that was asked with
//   auto progress = parser.feed(buffer);                 // as RequestParser::feed
//   if (bytes_read == 0) progress = parser.finish();     // the server has closed
//
// What is taken from a server that would be refused from a client, for it can mean one thing only:
// folded lines, which become one line [RFC 9112 5.2]; a Content-Length that is told again, and the same;
// a Transfer-Encoding that does not end in chunked, whose body goes up to the end of the connection
// [RFC 9112 6.3]; blanks behind the size of a chunk. The rest is refused as in a request: two lengths
// that differ, a length beside a coding, a coding in HTTP/1.0, chunks without CRLF.
//
// Interim answers (100 Continue, 103 Early Hints) are skipped; only the final one is told. Error
// offsets count from the first byte that the server sent for this request; every error has status
// 502, for that is what a gateway would say about such a server [RFC 9110 15.6.3].
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/body_reader.hpp"
#include "http/field_section.hpp"
#include "http/limits.hpp"
#include "http/parse_error.hpp"
#include "http/request_parser.hpp"

namespace http {

// What a server has answered. All views point into the connection's buffer.
struct ReceivedResponse {
  Version version;
  int status = 0;           // 200 to 999, or 101
  std::string_view reason;  // may be empty; says nothing that the status does not
  Fields fields;
  Fields trailers;
  // Its chunks are undone. Another transfer coding is not: the field Transfer-Encoding names those that
  // are left. (No server may apply one that it was not asked for in TE [RFC 9112 7.4].)
  std::span<const std::byte> body;
  std::size_t body_size = 0;
  bool keep_alive = false;  // the connection can carry another request [RFC 9112 9.3]

  [[nodiscard]] std::string_view body_text() const noexcept { return as_text(body); }
};

class ResponseParser {
 public:
  // An answer to HEAD has no body, whatever its fields say; nor has one to CONNECT that says 2xx:
  // what follows is the tunnel. limits.request_line bounds the status line.
  explicit ResponseParser(std::string_view request_method, const Limits& limits = {},
                          BodyMode mode = BodyMode::keep);

  // As RequestParser::feed. `head_complete` is told once, and only if a body may follow. Folded lines
  // are unfolded in the buffer.
  [[nodiscard]] Parsed<Progress> feed(std::span<std::byte> buffer);

  // The connection has ended, behind the bytes of `buffer`. Complete if that is how the body was to
  // end, or if the response was whole already; else 502, for it was cut short.
  [[nodiscard]] Parsed<Progress> finish(std::span<std::byte> buffer);

  [[nodiscard]] const ReceivedResponse& response() const noexcept { return response_; }
  // The body's length if the server told it.
  [[nodiscard]] std::optional<std::size_t> declared_length() const noexcept;
  [[nodiscard]] std::size_t consumed() const noexcept { return position_; }
  // Ready for the answer to the next request on this connection.
  void reset(std::string_view request_method);

  // As in RequestParser.
  [[nodiscard]] Gap gap() const noexcept;
  std::size_t compact(std::span<std::byte> buffer) noexcept;
  [[nodiscard]] std::size_t examined() const noexcept;

 private:
  enum class State { status_line, fields, body, complete, failed };

  Parsed<Progress> advance(std::span<std::byte> buffer);
  Parsed<Progress> fail(ParseError error);
  Parsed<bool> read_status_line(std::string_view text);
  Parsed<bool> read_fields(std::span<std::byte> buffer);
  void resolve(std::span<std::byte> buffer) noexcept;

  std::string method_;
  Limits limits_;
  BodyMode mode_;
  State state_ = State::status_line;
  ParseError error_;            // why it failed
  std::size_t position_ = 0;    // in the buffer: the first byte that no part has taken yet
  std::size_t closed_ = 0;      // bytes of holes that are gone: position + closed_ = offset
  std::size_t line_begin_ = 0;  // position of the status line
  std::size_t reason_size_ = 0;
  std::size_t interim_ = 0;  // answers that were skipped
  ReceivedResponse response_;
  LineScanner scanner_;
  FieldSection section_;
  BodyReader body_;
};

}  // namespace http
