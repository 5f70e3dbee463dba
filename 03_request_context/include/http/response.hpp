// An answer: what a handler returns, and how it is written to the wire [RFC 9112 4, RFC 9110 15].
//
//   return http::Response::text(200, "Hello! I am an epoll server.")
//       .add("Cache-Control", "no-store");
//
// A handler decides what the answer is. How it is sent (length, chunks, keep the connection or
// close it, the date) is up to the connection: those fields are written when the answer is sent.
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

  // An answer with a body, which is copied. `type` is its Content-Type.
  [[nodiscard]] static Response text(int status, std::string_view body,
                                     std::string_view type = "text/plain; charset=utf-8");
  [[nodiscard]] static Response bytes(int status, std::span<const std::byte> body,
                                      std::string_view type = "application/octet-stream");
  // An answer with a text that outlives it, such as a literal: the text is not copied before it is
  // sent.
  [[nodiscard]] static Response constant(int status, std::string_view body,
                                         std::string_view type = "text/plain; charset=utf-8");
  // The same as bytes, for a caller that no longer needs the bytes.
  [[nodiscard]] static Response bytes(int status, std::vector<std::byte>&& body,
                                      std::string_view type = "application/octet-stream");

  // Adds a field. Throws std::invalid_argument for a name that is not a token, for a value that
  // contains a control character, and for the fields that the connection writes itself
  // (Content-Length, Transfer-Encoding, Connection, Date). A CR or LF in a value would begin a new
  // line, so that the source of the value could write our head: that is a bug of the program, and
  // such an answer must not be sent.
  Response& add(std::string_view name, std::string_view value) &;
  Response&& add(std::string_view name, std::string_view value) && {
    return std::move(add(name, value));
  }

  // Closes the connection after this answer, which announces that.
  Response& close() & noexcept {
    close_ = true;
    return *this;
  }
  Response&& close() && noexcept { return std::move(close()); }

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] std::span<const std::byte> body() const noexcept {
    return body_.empty() ? constant_ : body_;
  }
  // Moves the body out of this answer; a constant body is copied.
  [[nodiscard]] std::vector<std::byte> take_body();
  [[nodiscard]] std::string_view fields() const noexcept {  // as they are sent
    return long_fields_.empty() ? std::string_view(short_fields_.data(), short_size_)
                                : long_fields_;
  }
  [[nodiscard]] bool closes() const noexcept { return close_; }

  // False for 1xx, 204 and 304: their head is the whole answer, whatever length it states
  // [RFC 9112 6.3]. (An answer to HEAD has no body either, but a Response does not know the
  // method.)
  [[nodiscard]] bool may_have_body() const noexcept {
    return status_ >= 200 && status_ != 204 && status_ != 304;
  }

 private:
  // The name is valid; the value is checked.
  void append_field(std::string_view name, std::string_view value);

  int status_;
  bool close_ = false;
  // "Name: value\r\n", each checked by add. As long as all of them fit, they are stored in the
  // answer itself and cost no allocation; after that they are in long_fields_.
  std::array<char, 80> short_fields_{};
  std::size_t short_size_ = 0;
  std::string long_fields_;
  std::vector<std::byte> body_;
  std::span<const std::byte> constant_;  // the body where body_ is empty; not owned
};

// How an answer is sent: what the request and the connection decide, and not the handler.
struct Delivery {
  // The number of bytes of the body, if it is known in advance. Without it the body is sent in
  // chunks, or, to a client that does not support chunks, up to the end of the connection.
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
