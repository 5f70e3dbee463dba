// The Content-Type of a file, told by the ending of its name.
#pragma once

#include <string_view>

namespace http {

// `name` may be a path. The ending counts in any case: P.PNG is a picture. Text is taken for UTF-8.
// "application/octet-stream" for an ending that is not known, and for none: a browser saves that
// and does not guess [RFC 9110 8.3].
[[nodiscard]] std::string_view content_type_of(std::string_view name) noexcept;

}  // namespace http
