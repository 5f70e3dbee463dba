// What a request and a response have in common [RFC 9112 2.1]. All views point into the
// connection's buffer; request.hpp and response_parser.hpp say for how long.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "http/fields.hpp"
#include "http/text.hpp"

namespace http {

struct Version {
  int major = 1;
  int minor = 1;  // as it was sent. A higher one is treated as 1 [RFC 9110 2.5]
  friend bool operator==(Version, Version) = default;
};

struct Message {
  Version version;
  Fields fields;
  Fields trailers;  // of a chunked body. Never merged into `fields` [RFC 9110 6.5.1]

  std::span<const std::byte> body;  // without chunk framing; empty if it was discarded
  std::size_t body_size = 0;        // as it was sent, discarded or not

  [[nodiscard]] std::string_view body_text() const noexcept { return as_text(body); }
};

}  // namespace http
