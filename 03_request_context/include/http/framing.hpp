// Where does a message end? A server's safety depends on the answer: if two programs answer
// differently for the same bytes, they can be made to take one request for two [RFC 9112 11.2].
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/fields.hpp"
#include "http/message.hpp"
#include "http/parse_error.hpp"

namespace http {

struct Framing {
  enum class Kind {
    none,         // no body
    length,       // `length` bytes
    chunked,      // chunks, up to one of size 0
    until_close,  // everything up to the end of the connection: responses only
  };
  Kind kind = Kind::none;
  std::size_t length = 0;

  [[nodiscard]] bool has_body() const noexcept {
    return kind == Kind::chunked || kind == Kind::until_close || length != 0;
  }
  // The length of the body, if the head declares it.
  [[nodiscard]] std::optional<std::size_t> declared_length() const noexcept {
    if (kind == Kind::chunked || kind == Kind::until_close) return std::nullopt;
    return length;
  }
  friend bool operator==(const Framing&, const Framing&) = default;
};

// The value of a Content-Length field, trimmed: digits only, in the range of a size_t. 400
// otherwise; the offset counts from the value's first byte.
[[nodiscard]] Parsed<std::size_t> parse_content_length(std::string_view value);

// How the body of a request is framed [RFC 9112 6.3]. Offsets count from the first byte of the
// field section. Refused with 400: Content-Length together with Transfer-Encoding; more than one
// Content-Length, even if they agree; Transfer-Encoding in HTTP/1.0; a Transfer-Encoding that does
// not end in chunked or names it twice. Refused with 501: any other coding before chunked. Empty
// elements of the list, as in ", chunked" and "chunked,", are ignored [RFC 9110 5.6.1.2].
[[nodiscard]] Parsed<Framing> request_framing(const Fields& fields, Version version);

// The same for the answer with this status to a request with this method [RFC 9112 6.3]. Every
// refusal has status 502. Unlike in a request, these are accepted: several Content-Lengths, or a
// list of them, that all agree; a Transfer-Encoding that does not end in chunked, which means
// until_close; other codings before chunked.
[[nodiscard]] Parsed<Framing> response_framing(const Fields& fields, Version version, int status,
                                               std::string_view request_method);

}  // namespace http
