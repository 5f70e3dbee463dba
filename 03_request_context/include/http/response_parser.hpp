// Turns bytes into a response: the client's side [RFC 9112 4, 6.3].
//
//   http::ResponseParser parser("GET");                  // the method of the request
//   auto progress = parser.feed(buffer);                 // as RequestParser's
//   if (bytes_read == 0) progress = parser.finish(buffer);  // the server has closed
//
// Feeding, framing and gaps are those of MessageParser; folded lines are unfolded in the buffer.
//
// Some things are accepted from a server, although refused from a client, because they can have only
// one meaning:
//   - folded lines, which become one line [RFC 9112 5.2]
//   - a Content-Length that is repeated with the same value
//   - a Transfer-Encoding that does not end in chunked, whose body extends to the end of the
//     connection [RFC 9112 6.3]
//   - blanks after the size of a chunk
// The rest is refused as in a
// request: two lengths that differ, a length together with a coding, a coding in HTTP/1.0, chunks
// without CRLF.
//
// Interim responses (100 Continue, 103 Early Hints) are skipped; only the final one is reported.
// Error offsets count from the first byte that the server sent for this request; every error has
// status 502, because that is the answer of a gateway to such a server's response
// [RFC 9110 15.6.3].
#pragma once

#include <string>
#include <string_view>

#include "http/message_parser.hpp"

namespace http {

// The response of a server. All views point into the connection's buffer. The chunked coding of the
// body is decoded. Any other transfer coding is not: the field Transfer-Encoding names those that
// remain. (No server may apply a coding that it was not asked for in TE [RFC 9112 7.4].)
struct ReceivedResponse : Message {
  int status = 0;           // 200 to 999, or 101
  std::string_view reason;  // may be empty; adds nothing to the status
  bool keep_alive = false;  // the connection can carry another request [RFC 9112 9.3]
};

class ResponseParser final : public MessageParser {
 public:
  // A response to HEAD has no body, whatever its fields say; nor has a 2xx response to CONNECT: the
  // bytes that follow belong to the tunnel. limits.request_line bounds the status line.
  explicit ResponseParser(std::string_view request_method, const Limits& limits = {},
                          BodyMode mode = BodyMode::keep)
      : MessageParser(Sender::server, limits, mode), method_(request_method) {}

  // The connection has ended after the bytes of `buffer`. Complete if the end of the connection is
  // the end of the body, or if the response was complete already; otherwise 502, because it was cut
  // short.
  [[nodiscard]] Parsed<Progress> finish(std::span<std::byte> buffer);

  [[nodiscard]] const ReceivedResponse& response() const noexcept { return response_; }

  // Prepares for the response to the next request on this connection.
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
  std::size_t interim_ = 0;  // responses that were skipped
  ReceivedResponse response_;
};

}  // namespace http
