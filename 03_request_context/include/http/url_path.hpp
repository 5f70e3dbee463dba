// The path of a URL, parsed [RFC 3986 3.3].
//
//   parse_url_path("//files/./a%20b/../c.txt")       segments "files", "c.txt"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

// The path in its normal form: without empty segments, without "." and "..".
class UrlPath {
 public:
  UrlPath() noexcept {}

  // Decoded; a '/' in a segment was %2F, which separates nothing.
  std::vector<std::string> segments;
  // The path ends with a slash: relative links of the page at this path are resolved inside it.
  bool is_folder = false;

  // "/files/c.txt", decoded.
  [[nodiscard]] std::string text() const;
  // The same, encoded as in a URL. It begins with one slash, never with two, which would name
  // another host.
  [[nodiscard]] std::string encoded() const;
};

// `path` as in a request. Dot segments are removed as a browser does it: a ".." too many stays at
// the root [RFC 3986 5.2.4]. nullopt if it contains a percent sign without two hexadecimal digits,
// or %00, which would end the name early.
[[nodiscard]] std::optional<UrlPath> parse_url_path(std::string_view path);

// Encodes everything but letters, digits and "-._~" as %XX [RFC 3986 2.1, 2.3].
[[nodiscard]] std::string encode_segment(std::string_view text);

}  // namespace http
