// The path of a URL, taken apart [RFC 3986 3.3].
//
//   parse_url_path("//files/./a%20b/../c.txt")       segments "files", "c.txt"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

// One way to write it: without empty segments, without "." and "..".
class UrlPath {
 public:
  UrlPath() noexcept {}

  // Decoded; a '/' in one of them was %2F, which divides nothing.
  std::vector<std::string> segments;
  // It ends with a slash: relative links of the page that is found there begin in it.
  bool is_folder = false;

  // "/files/c.txt", decoded.
  [[nodiscard]] std::string text() const;
  // The same as it stands in a URL. It begins with one slash, never with two, which would name
  // another host.
  [[nodiscard]] std::string encoded() const;
};

// `path` as a request has it. Dot segments are taken out as a browser does it: a ".." too many stays
// at the root [RFC 3986 5.2.4]. nullopt if it has a percent sign without two hexadecimal digits, or
// %00, which would end the name early.
[[nodiscard]] std::optional<UrlPath> parse_url_path(std::string_view path);

// Everything but letters, digits and "-._~" as %XX [RFC 3986 2.1, 2.3].
[[nodiscard]] std::string encode_segment(std::string_view text);

}  // namespace http
