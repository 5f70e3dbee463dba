// The first line of a request [RFC 9112 3].
#pragma once

#include <string_view>

#include "http/parse_error.hpp"
#include "http/request.hpp"

namespace http {

struct RequestLine {
  std::string_view method;
  std::string_view target;
  TargetForm form = TargetForm::origin;
  Version version;
};

// "HTTP/1.1": exactly eight bytes, in capitals. 400 for anything else, 505 for a major version
// other than 1 (the first line of an HTTP/2 connection, for example).
[[nodiscard]] Parsed<Version> parse_version(std::string_view text);

// Parses a line of visible ASCII and spaces, given without its end: method, one space, target, one
// space, version. Any token is a method; the handler decides whether the method is supported. A
// line without a version is HTTP/0.9, whose answers have no head: it gets 400, because no client
// since 1996 means it. Offsets count from the line's first byte.
[[nodiscard]] Parsed<RequestLine> parse_request_line(std::string_view line);

}  // namespace http
