// Why a message is refused.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

namespace http {

// The same bytes give the same error, in whatever pieces they arrive. After an error nothing that
// follows on the connection can be trusted: answer with `status` and `Connection: close`, and close
// it.
struct ParseError {
  int status = 400;          // 400, 413, 414, 417, 421, 431, 501 or 505; 502 for a bad response
  std::size_t offset = 0;    // of the byte that is wrong, from the first byte of the message
  std::string_view what;     // in plain words, lower case, no full stop; never freed
  std::string_view section;  // the rule that was broken: "RFC 9112 5.1"; never freed

  friend bool operator==(const ParseError&, const ParseError&) = default;
};

// A T, or the reason for refusing the message.
template <class T = void>
using Parsed = std::expected<T, ParseError>;

// What a function that returns a Parsed returns when it refuses.
[[nodiscard]] inline std::unexpected<ParseError> refuse(int status, std::size_t offset,
                                                        std::string_view what,
                                                        std::string_view section) noexcept {
  return std::unexpected(ParseError{status, offset, what, section});
}

// The same error, with its offset counted from a place `distance` bytes earlier.
[[nodiscard]] inline std::unexpected<ParseError> with_offset(ParseError error,
                                                             std::size_t distance) noexcept {
  error.offset += distance;
  return std::unexpected(error);
}

}  // namespace http
