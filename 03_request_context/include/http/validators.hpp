// How a client checks whether its copy is still current, and how a download is resumed
// [RFC 9110 8.8, 13].
//
//   ETag: "1a2b-17f3"              If-None-Match: "1a2b-17f3"             304: nothing has changed
//   Last-Modified: Sun, 06 ...     If-Modified-Since: Sun, 06 ...         the same, to the second
//                                  If-Range: "1a2b-17f3" with a Range     206, or the whole file
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace http {

// The marks that identify one version of a file.
class Validators {
 public:
  Validators() noexcept {}

  std::string etag;  // as it is sent, with its quotes; weak if it begins with W/
  std::chrono::sys_seconds modified{};

  // Two versions cannot have the same strong etag [RFC 9110 8.8.1].
  [[nodiscard]] bool are_strong() const noexcept { return !etag.starts_with("W/"); }
};

enum class Precondition {
  holds,         // answer as if there were no condition
  not_modified,  // 304: the client has this version
  failed,        // 412: the client requires another version
};

// The conditions of a GET or HEAD, in the order of RFC 9110 13.2.2. If-Range is not among them.
[[nodiscard]] Precondition evaluate_preconditions(const http::Request& request,
                                                  const Validators& validators);

// Whether the request's Range refers to this version: it has no If-Range, or an If-Range with the
// same strong validator [RFC 9110 13.1.5].
[[nodiscard]] bool range_applies(const http::Request& request, const Validators& validators);

}  // namespace http
