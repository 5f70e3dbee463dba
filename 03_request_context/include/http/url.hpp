// http://host:port/path?query, parsed for a client [RFC 9110 4.2.1, RFC 3986 3].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

struct Url {
  std::string host;          // a name or an address; an IPv6 address without its brackets
  std::uint16_t port = 80;   // 80 if none was given
  std::string target = "/";  // path and query, as in a request line; never empty
  std::string host_field;    // host and port as given: the value of the Host field

  // nullopt for anything that is not an http URL: another scheme (case does not matter), no host, a
  // host that can be neither a name nor an address [RFC 3986 3.2.2], a port that is not a number.
  // The same for user information (it would be sent to the wrong place, or in the clear), blanks,
  // control characters and characters beyond ASCII. A fragment ("#part") is for the user agent, and is left
  // out.
  [[nodiscard]] static std::optional<Url> parse(std::string_view text);
};

}  // namespace http
