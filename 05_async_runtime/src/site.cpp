#include "async/site.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "async/blocking.hpp"
#include "event_loop/hello.hpp"
#include "syscall/call.hpp"

namespace async {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::string_view kFiles = "/files/";
constexpr std::string_view kPage =
    "<!doctype html>\n<title>The epoll workbook</title>\n"
    "<h1>It works</h1>\n<p>This page comes from one coroutine for each connection.</p>\n"
    "<ul>\n<li><a href=\"/hello\">/hello</a>: 28 bytes</li>\n"
    "<li>/echo: answers a POST with its body</li>\n"
    "<li><a href=\"/stream?bytes=1000000\">/stream?bytes=1000000</a>: a download of any size</li>\n"
    "<li>/files/: the folder that was given with --files</li>\n</ul>\n";

struct File {
  File(epoll::UniqueFd descriptor, std::uint64_t bytes) noexcept
      : fd(std::move(descriptor)), size(bytes) {}
  epoll::UniqueFd fd;
  std::uint64_t size;
};

// A regular file below `folder`. The kernel sees to it that neither ".." nor a link leads out of the
// folder: RESOLVE_BENEATH, which no check of the name's text can replace [openat2(2)]. O_NONBLOCK,
// because opening a FIFO would wait for its writer.
sys::Result<File> open_below(int folder, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // The C library has no function of that name yet.
  auto opened = sys::call_uninterrupted<::syscall>(static_cast<long>(SYS_openat2), folder,
                                                   path.c_str(), &how, sizeof how);
  if (!opened) return sys::failure(opened.error());
  epoll::UniqueFd fd(static_cast<int>(*opened));
  struct stat status{};
  if (auto done = sys::call<::fstat>(fd.get(), &status); !done) return sys::failure(done.error());
  if (!S_ISREG(status.st_mode)) return sys::failure(std::errc::no_such_file_or_directory);
  return File(std::move(fd), static_cast<std::uint64_t>(status.st_size));
}

// The next bytes of a file; none at its end.
sys::Result<std::vector<std::byte>> read_piece(const File& file) {
  std::vector<std::byte> piece(kPiece);
  void* const into = piece.data();
  const auto count = sys::call_uninterrupted<::read>(file.fd.get(), into, piece.size());
  if (!count) return sys::failure(count.error());
  piece.resize(static_cast<std::size_t>(*count));
  return piece;
}

std::string_view type_of(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/markdown; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

bool is_get_or_head(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

// N of a query "bytes=N".
std::optional<std::uint64_t> requested_bytes(std::string_view query) {
  constexpr std::string_view kName = "bytes=";
  if (!query.starts_with(kName)) return std::nullopt;
  query.remove_prefix(kName.size());
  std::uint64_t bytes = 0;
  const auto [stopped, error] = std::from_chars(query.data(), query.data() + query.size(), bytes);
  if (error != std::errc{} || stopped != query.data() + query.size()) return std::nullopt;
  return bytes;
}

http::Response not_found() {
  return http::Response::text(404, "There is nothing here.\n");
}

http::Response echo(const http::Request& request) {
  if (is_get_or_head(request)) return http::Response(200);
  if (request.method != "POST") return event_loop::refuse_method(request.method, "GET, HEAD, POST");
  return http::Response::bytes(200, request.body,
                               request.fields.find("Content-Type").value_or("text/plain"));
}

}  // namespace

sys::Result<Site> Site::with_files(const std::string& folder) {
  auto fd = sys::call_uninterrupted<::open>(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!fd) return sys::failure(fd.error());
  Site site;
  site.folder_.reset(*fd);
  return site;
}

Task<> Site::answer(Exchange& exchange) {
  const http::Request& request = exchange.request();
  const std::string_view path = request.path();
  if (path == "/echo") {
    exchange.respond(echo(request));
  } else if (path == "/stream") {
    co_await answer_stream(exchange);
  } else if (path.starts_with(kFiles) && folder_) {
    co_await answer_file(exchange);
  } else if (path == "/" && is_get_or_head(request)) {
    exchange.respond(http::Response::text(200, kPage, "text/html; charset=utf-8"));
  } else {
    exchange.respond(event_loop::answer_hello(request));
  }
}

Task<> Site::answer_stream(Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (!is_get_or_head(request)) {
    exchange.respond(event_loop::refuse_method(request.method, "GET, HEAD"));
    co_return;
  }
  const auto bytes = requested_bytes(request.query());
  if (!bytes) {
    exchange.respond(http::Response::text(400, "Say how much: /stream?bytes=1000\n"));
    co_return;
  }
  std::vector<std::byte> piece(kPiece);
  for (std::size_t i = 0; i < piece.size(); ++i)
    piece[i] = static_cast<std::byte>("0123456789abcdef"[i % 16]);

  http::Response head(200);
  head.add("Content-Type", "application/octet-stream");
  exchange.begin(head, bytes);
  std::uint64_t left = exchange.wants_body() ? *bytes : 0;
  while (left != 0) {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
    auto written = co_await exchange.write(std::span(piece).first(size));
    if (!written) co_return;  // nobody reads any more
    left -= size;
  }
  exchange.end();
}

Task<> Site::answer_file(Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (!is_get_or_head(request)) {
    exchange.respond(event_loop::refuse_method(request.method, "GET, HEAD"));
    co_return;
  }
  const auto path = decode_path(request.path().substr(kFiles.size()));
  if (!path) {
    exchange.respond(http::Response::text(400, "This is no path.\n"));
    co_return;
  }
  // A disk may keep a read waiting, and epoll knows nothing of disks: so in another thread.
  auto open_it = [folder = folder_.get(), name = *path] { return open_below(folder, name); };
  auto file = co_await blocking(std::move(open_it));
  if (!file) {
    if (file.error() == std::errc::too_many_files_open ||
        file.error() == std::errc::too_many_files_open_in_system) {
      exchange.respond(http::Response::text(503, "There is no room at the moment.\n"));
    } else {
      exchange.respond(not_found());
    }
    co_return;
  }
  http::Response head(200);
  head.add("Content-Type", type_of(*path));
  exchange.begin(head, file->size);
  std::uint64_t left = exchange.wants_body() ? file->size : 0;
  // The job owns what it works with: it goes on in its thread, even if nobody waits for it any more.
  const auto shared = std::make_shared<const File>(std::move(*file));
  while (left != 0) {
    auto read_it = [shared] { return read_piece(*shared); };
    auto piece = co_await blocking(std::move(read_it));
    // An empty one, or one too large: the file has changed its size, and the client has to notice.
    if (!piece || piece->empty() || piece->size() > left) co_return;
    auto written = co_await exchange.write(*piece);
    if (!written) co_return;
    left -= piece->size();
  }
  exchange.end();
}

std::optional<std::string> decode_path(std::string_view path) {
  std::string decoded;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      decoded += path[i];
      continue;
    }
    unsigned code = 0;
    if (i + 2 >= path.size()) return std::nullopt;
    const char* const digits = path.data() + i + 1;
    const auto [stopped, error] = std::from_chars(digits, digits + 2, code, 16);
    if (error != std::errc{} || stopped != digits + 2 || code == 0) return std::nullopt;
    decoded += static_cast<char>(code);
    i += 2;
  }
  return decoded;
}

}  // namespace async
