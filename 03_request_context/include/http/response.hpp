// An answer: what a handler returns, and how it is written to the wire [RFC 9112 4, RFC 9110 15].
//
//   return http::Response::text(200, "Hello! I am an epoll server.")
//       .add("Cache-Control", "no-store");
//
// A handler says what the answer is. How it travels (length, chunks, keep the connection or close
// it, the date) is the connection's business: those fields are written when it is sent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/buffer.hpp"

namespace http {

// "OK" for 200, and so on [RFC 9110 15]; empty for a status without a name of its own, which the
// grammar allows.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

class Response {
 public:
  // An answer without a body. Throws std::invalid_argument unless 100 <= status <= 599.
  explicit Response(int status = 200);

  // With a body, which is copied. `type` is its Content-Type.
  [[nodiscard]] static Response text(int status, std::string_view body,
                                     std::string_view type = "text/plain; charset=utf-8");
  [[nodiscard]] static Response bytes(int status, std::span<const std::byte> body,
                                      std::string_view type = "application/octet-stream");
  // With a text that outlives the answer, a literal for one: it is not copied before it is sent.
  [[nodiscard]] static Response constant(int status, std::string_view body,
                                         std::string_view type = "text/plain; charset=utf-8");
  // The same as bytes, where the caller has no more use for the bytes.
  [[nodiscard]] static Response bytes(int status, std::vector<std::byte>&& body,
                                      std::string_view type = "application/octet-stream");

  // One more field. Throws std::invalid_argument for a name that is no token, for a value with a
  // control character in it, and for the fields that the connection writes itself (Content-Length,
  // Transfer-Encoding, Connection, Date). A CR or LF in a value would begin a line of its own, and
  // the source of the value would write our head: that is a mistake of the program, and no answer of
  // it may leave the house.
  Response& add(std::string_view name, std::string_view value) &;
  Response&& add(std::string_view name, std::string_view value) && {
    return std::move(add(name, value));
  }

  // Ends the connection after this answer, and says so in it.
  Response& close() & noexcept {
    close_ = true;
    return *this;
  }
  Response&& close() && noexcept { return std::move(close()); }

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] std::span<const std::byte> body() const noexcept {
    return body_.empty() ? constant_ : body_;
  }
  // The body itself, which this answer has no more; a copy of a constant one.
  [[nodiscard]] std::vector<std::byte> take_body();
  [[nodiscard]] std::string_view fields() const noexcept {  // as they are sent
    return long_fields_.empty() ? std::string_view(short_fields_.data(), short_size_)
                                : long_fields_;
  }
  [[nodiscard]] bool closes() const noexcept { return close_; }

  // False for 1xx, 204 and 304: their head is the whole answer, whatever it says of a length
  // [RFC 9112 6.3]. (An answer to HEAD has none either, but that is not for the answer to know.)
  [[nodiscard]] bool may_have_body() const noexcept {
    return status_ >= 200 && status_ != 204 && status_ != 304;
  }

 private:
  // The name is good; the value is checked.
  void append_field(std::string_view name, std::string_view value);

  int status_;
  bool close_ = false;
  // "Name: value\r\n", each checked by add. As long as all of them fit they stand in the answer itself, and
  // cost no allocation; then in long_fields_.
  std::array<char, 80> short_fields_{};
  std::size_t short_size_ = 0;
  std::string long_fields_;
  std::vector<std::byte> body_;
  std::span<const std::byte> constant_;  // the body where body_ is empty; not owned
};

// How an answer travels: what the request and the connection decide, and the handler does not.
struct Delivery {
  // The number of bytes of the body, told in advance; without it the body is sent in chunks, or,
  // where the client does not know chunks, its end is the end of the connection.
  std::optional<std::uint64_t> length = {};
  bool chunked = false;        // only without a length
  bool close = false;          // this is the last answer on this connection
  bool told_to_keep = false;   // HTTP/1.0 keeps a connection only if both sides say so
  std::string_view date = {};  // empty: no Date field (interim answers)
};

// Appends status line and fields with the empty line that ends them. Every line ends in CRLF.
void append_head(Buffer& out, const Response& response, const Delivery& delivery);

// Appends one chunk [RFC 9112 7.1]; nothing for an empty one, which would be the last.
void append_chunk(Buffer& out, std::span<const std::byte> bytes);
// Appends the chunk that ends a chunked body.
void append_last_chunk(Buffer& out);

}  // namespace http
