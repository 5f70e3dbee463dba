// Bytes become a response: the client's half [RFC 9112 4, 6.3].
//
//   http::ResponseParser parser("GET");                  // the method that was asked with
//   auto progress = parser.feed(buffer);                 // as RequestParser's
//   if (bytes_read == 0) progress = parser.finish(buffer);  // the server has closed
//
// Feeding, framing and gaps are those of MessageParser; folded lines are unfolded in the buffer.
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

#include <string>
#include <string_view>

#include "http/message_parser.hpp"

namespace http {

// What a server has answered. All views point into the connection's buffer. The chunks of the body
// are undone. Another transfer coding is not: the field Transfer-Encoding names those that are left.
// (No server may apply one that it was not asked for in TE [RFC 9112 7.4].)
struct ReceivedResponse : Message {
  int status = 0;           // 200 to 999, or 101
  std::string_view reason;  // may be empty; says nothing that the status does not
  bool keep_alive = false;  // the connection can carry another request [RFC 9112 9.3]
};

class ResponseParser final : public MessageParser {
 public:
  // An answer to HEAD has no body, whatever its fields say; nor has one to CONNECT that says 2xx:
  // what follows is the tunnel. limits.request_line bounds the status line.
  explicit ResponseParser(std::string_view request_method, const Limits& limits = {},
                          BodyMode mode = BodyMode::keep)
      : MessageParser(Sender::server, limits, mode), method_(request_method) {}

  // The connection has ended, behind the bytes of `buffer`. Complete if that is how the body was to
  // end, or if the response was whole already; else 502, for it was cut short.
  [[nodiscard]] Parsed<Progress> finish(std::span<std::byte> buffer);

  [[nodiscard]] const ReceivedResponse& response() const noexcept { return response_; }

  // Ready for the answer to the next request on this connection.
  void reset(std::string_view request_method);

 private:
  Message& message() noexcept override { return response_; }
  Parsed<> read_start_line(std::string_view line) override;
  ParseError start_line_too_long(std::string_view line) const noexcept override;
  Parsed<std::optional<Framing>> check_head() override;
  void resolve_start_line(std::string_view text) noexcept override;
  [[nodiscard]] bool is_interim() const noexcept {
    return response_.status < 200 && response_.status != 101;
  }

  std::string method_;
  std::size_t reason_size_ = 0;
  std::size_t interim_ = 0;  // answers that were skipped
  ReceivedResponse response_;
};

}  // namespace http
