// The Content-Type of a file, by the extension of its name.
#pragma once

#include <string_view>

namespace http {

// `name` may be a path. The case of the extension does not matter: P.PNG is a picture. Text is
// assumed to be UTF-8. For an unknown extension or none, the result is "application/octet-stream":
// a browser saves such a file and does not guess [RFC 9110 8.3].
[[nodiscard]] std::string_view content_type_of(std::string_view name) noexcept;

}  // namespace http
