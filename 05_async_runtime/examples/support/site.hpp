// What http_server serves.
//
//   /                   a small page about the others
//   /hello, /upload     as hello_server: 28 bytes
//   /health             200 "ok", or 503 once the server is to end; for any host
//   /echo               a POST is answered with its body
//   /stream?bytes=N     N bytes, in constant memory
//   /files/PATH         a file of one folder, if there is one
//
// A path is the same however it is written: //files/a.txt and /%66iles/./a.txt mean /files/a.txt.
//
// As many bytes of a file are sent as the head has announced, also when the file grows meanwhile,
// as a log does. If the file shrinks, the connection is aborted. A client may request a part
// (Range), and ask whether its copy is still valid (ETag, Last-Modified); see byte_range.hpp and
// validators.hpp.
//
// A folder without a slash at its end is redirected to the path with one; with the slash, the
// answer is its index.html, or else a list of its contents. Names that are never served:
// folder.hpp.
//
//   404   there is no such file         403   this user may not read it
//   503   no descriptor, no memory, or the folder itself is not there at the moment
//   500   the disk has failed
#pragma once

#include <optional>
#include <string>

#include "async/http/http_service.hpp"
#include "http/allowed_hosts.hpp"
#include "http/folder.hpp"
#include "http/url_path.hpp"
#include "syscall/result.hpp"

namespace examples {

class Site {
 public:
  // Without files.
  Site() = default;
  // With the files of `folder`. Errors as of http::Folder::open.
  [[nodiscard]] static sys::Result<Site> with_files(const std::string& folder);

  // From now on requests for any other host are answered 421 [RFC 9110 15.5.20].
  void allow_only(http::AllowedHosts hosts) { hosts_ = std::move(hosts); }

  // None if the site has no files.
  [[nodiscard]] const std::optional<http::Folder>& folder() const noexcept { return folder_; }

  // The handler of an HttpService; the site has to outlive it.
  [[nodiscard]] async::Task<> answer(async::Exchange& exchange);

 private:
  [[nodiscard]] async::Task<> answer_stream(async::Exchange& exchange);
  [[nodiscard]] async::Task<> answer_file(async::Exchange& exchange, http::UrlPath path);

  std::optional<http::Folder> folder_;
  std::optional<http::AllowedHosts> hosts_;  // none: any host
};

}  // namespace examples
