// What http_server serves.
//
//   /                   a small page about the others
//   /hello, /upload     as hello_server: 28 bytes
//   /echo               a POST is answered with its body
//   /stream?bytes=N     N bytes, in constant memory
//   /files/PATH         a file of one folder, if there is one
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "async/http_service.hpp"
#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace async {

class Site {
 public:
  // Without files.
  Site() = default;
  // With those of `folder`. Errors as of open(2).
  [[nodiscard]] static sys::Result<Site> with_files(const std::string& folder);

  // The handler of an HttpService; the site has to outlive it.
  [[nodiscard]] Task<> answer(Exchange& exchange);

 private:
  [[nodiscard]] Task<> answer_stream(Exchange& exchange);
  [[nodiscard]] Task<> answer_file(Exchange& exchange);

  epoll::UniqueFd folder_;  // none: no files
};

// Undoes %XX in a path [RFC 3986 2.1]. nullopt for what is no such code, and for a NUL, which would
// end the name early.
[[nodiscard]] std::optional<std::string> decode_path(std::string_view path);

}  // namespace async
