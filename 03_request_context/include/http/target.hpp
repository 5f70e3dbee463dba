// What a request line asks for, and from which host: target and Host [RFC 9112 3.2, RFC 3986 3].
#pragma once

#include <string_view>

#include "http/parse_error.hpp"
#include "http/request.hpp"

namespace http {

struct HostPort {
  std::string_view host;  // a name, an IPv4 address, or an IPv6 address in brackets; may be empty
  std::string_view port;  // digits, at most 65535; empty without a port
};

// uri-host [ ":" port ], as in the Host field [RFC 9110 7.2]. User information, as in "user@host",
// is not part of it and is refused [RFC 9110 4.2.4].
[[nodiscard]] Parsed<HostPort> parse_host_port(std::string_view text);

// Which of the four forms `target` has, which is visible ASCII without spaces, and whether this
// method may use that form. A fragment ("#...") stays with the client and is refused here. Other
// characters that RFC 3986 requires to be escaped are accepted: browsers send "|" and "^" in
// queries.
[[nodiscard]] Parsed<TargetForm> parse_target(std::string_view method, std::string_view target);

}  // namespace http
