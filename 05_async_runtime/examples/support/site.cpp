#include "support/site.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "async/http/send_file.hpp"
#include "async/sync/blocking.hpp"
#include "http/byte_range.hpp"
#include "http/content_type.hpp"
#include "http/date.hpp"
#include "http/validators.hpp"
#include "support/hello.hpp"
#include "syscall/result.hpp"

namespace examples {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMostNames = 10'000;  // of a listing
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kPage =
    "<!doctype html>\n<title>The epoll workbook</title>\n"
    "<h1>It works</h1>\n<p>This page comes from one coroutine for each connection.</p>\n"
    "<ul>\n<li><a href=\"/hello\">/hello</a>: 28 bytes</li>\n"
    "<li>/echo: answers a POST with its body</li>\n"
    "<li><a href=\"/stream?bytes=1000000\">/stream?bytes=1000000</a>: a download of any size</li>\n"
    "<li><a href=\"/files/\">/files/</a>: the folder that was given with --files</li>\n</ul>\n";

bool is_get_or_head(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

// The N of a query "bytes=N".
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

// A request that is not to be echoed is refused before its body arrives.
async::Task<> answer_echo(async::Exchange& exchange) {
  if (is_get_or_head(exchange.request())) {
    exchange.respond(http::Response(200));
  } else if (exchange.request().method != "POST") {
    exchange.respond(examples::refuse_method(exchange.request().method, "GET, HEAD, POST"));
  } else {
    const auto received = co_await exchange.read_body();
    if (!received) co_return;
    const http::Request& request = exchange.request();
    exchange.respond(http::Response::bytes(
        200, request.body, request.fields.find("Content-Type").value_or("text/plain")));
  }
}

http::Response trouble(int status) {
  return http::Response::text(
      status, status == 503 ? "There is no room at the moment.\n" : "The server has failed.\n");
}

// True if the path has no other spelling.
bool is_usual(std::string_view path) {
  return !path.contains('%') && !path.contains("//") && !path.contains("/.");
}

// The page of hello_server, whatever the spelling of its path.
http::Response hello(const http::Request& request, std::string_view path) {
  if (path == request.path()) return examples::answer_hello(request);
  if (path.contains('?')) return not_found();  // %3F begins no query
  http::Request cleaned = request;
  cleaned.target = path;
  return examples::answer_hello(cleaned);
}

// --- files: what is done in another thread

// What a path has led to.
class Found {
 public:
  Found() noexcept {}
  explicit Found(std::error_code error) noexcept {
    if (!http::Folder::is_absence(error)) status = status_of_trouble(error);
  }

  int status = 404;  // or 200: `entry` and `fd`, or `names`; 301; 403, 500, 503
  std::optional<http::Folder::Entry> entry;
  epoll::UniqueFd fd;              // of a file, to be read
  std::vector<std::string> names;  // of a folder

 private:
  static int status_of_trouble(std::error_code error) noexcept {
    if (error == std::errc::permission_denied) return 403;
    for (const int number : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, ESTALE}) {
      if (sys::is_errno(error, number)) return 503;
    }
    return 500;
  }
};

Found open_file(http::Folder::Entry entry) {
  if (!entry.is_file()) return {};
  auto fd = entry.open();
  if (!fd) return Found(fd.error());
  Found found;
  found.status = 200;
  found.fd = std::move(*fd);
  found.entry = std::move(entry);
  return found;
}

Found list_folder(const http::Folder::Entry& entry) {
  auto names = entry.list(kMostNames);
  if (!names) return Found(names.error());
  Found found;
  found.status = 200;
  found.names = std::move(*names);
  return found;
}

Found look_up(const http::Folder& folder, std::vector<std::string> names, bool is_folder) {
  auto entry = folder.find(names);
  if (!entry) return Found(entry.error());
  if (!entry->is_folder()) return is_folder ? Found() : open_file(std::move(*entry));
  if (!is_folder) {
    Found found;
    found.status = 301;
    return found;
  }
  names.emplace_back("index.html");
  auto index = folder.find(names);
  if (index && index->is_file()) return open_file(std::move(*index));
  if (!index && !http::Folder::is_absence(index.error())) return Found(index.error());
  return list_folder(*entry);
}

// --- files: what is answered

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

http::Response listing(const http::UrlPath& path, const std::vector<std::string>& names) {
  const std::string title = escape_html(path.text());
  std::string page = "<!doctype html>\n<meta charset=\"utf-8\">\n<title>" + title +
                     "</title>\n<h1>" + title + "</h1>\n<ul>\n";
  if (path.segments.size() > 1) page += "<li><a href=\"../\">../</a></li>\n";
  for (const std::string& name : names) {
    const bool is_folder = name.ends_with('/');
    const std::string link =
        http::encode_segment(std::string_view(name).substr(0, name.size() - is_folder));
    page.append("<li><a href=\"./").append(link).append(is_folder ? "/\">" : "\">");
    page.append(escape_html(name)).append("</a></li>\n");
  }
  page += names.size() < kMostNames ? "</ul>\n" : "</ul>\n<p>There is more.</p>\n";
  return http::Response::text(200, page, kHtml).add("X-Content-Type-Options", "nosniff");
}

void add_validators(http::Response& response, const http::Validators& validators) {
  const auto date = http::format_date(validators.modified);
  response.add("ETag", validators.etag);
  response.add("Last-Modified", std::string_view(date.data(), date.size()));
}

// How a file is sent: which part of it, and with which head.
class FileAnswer {
 public:
  FileAnswer(const http::Request& request, const http::Folder::Entry& entry, std::string_view type)
      : size_(entry.size()), part_{.size = size_} {
    const auto validators = entry.validators(std::chrono::system_clock::now());
    const auto range = request.fields.find("Range");
    switch (http::evaluate_preconditions(request, validators)) {
      case http::Precondition::not_modified:
        head_ = http::Response(304);
        add_validators(head_, validators);
        return;
      case http::Precondition::failed:
        head_ = http::Response::text(412, "The file has another version.\n");
        return;
      case http::Precondition::holds:
        break;
    }
    // Only a GET has ranges [RFC 9110 14.2].
    if (request.method == "GET" && range && http::range_applies(request, validators))
      part_ = http::requested_range(*range, size_);
    if (part_.kind == http::ByteRange::Kind::unsatisfiable) {
      head_ = http::Response::text(416, "The file is shorter.\n");
      head_.add("Content-Range", "bytes */" + std::to_string(size_));
      return;
    }
    has_content_ = true;
    head_ = http::Response(part_.kind == http::ByteRange::Kind::part ? 206 : 200);
    if (part_.kind == http::ByteRange::Kind::part) head_.add("Content-Range", content_range());
    head_.add("Content-Type", type);
    head_.add("Accept-Ranges", "bytes");
    head_.add("X-Content-Type-Options", "nosniff");  // the client must not guess another type
    add_validators(head_, validators);
  }

  [[nodiscard]] const http::Response& head() const noexcept { return head_; }
  // False if the answer consists of the head only.
  [[nodiscard]] bool has_content() const noexcept { return has_content_; }
  [[nodiscard]] const http::ByteRange& part() const noexcept { return part_; }

 private:
  [[nodiscard]] std::string content_range() const {
    return "bytes " + std::to_string(part_.first) + '-' +
           std::to_string(part_.first + part_.size - 1) + '/' + std::to_string(size_);
  }

  std::uint64_t size_;
  http::ByteRange part_;
  http::Response head_;
  bool has_content_ = false;
};

}  // namespace

sys::Result<Site> Site::with_files(const std::string& folder) {
  auto opened = http::Folder::open(folder);
  SYS_TRY(opened);
  Site site;
  site.folder_ = std::move(*opened);
  return site;
}

async::Task<> Site::answer(async::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (examples::asks_for_health(request)) {
    exchange.respond(examples::answer_health(exchange.is_ending()));
    co_return;
  }
  if (hosts_ && !hosts_->allows(request.authority())) {
    exchange.respond(http::Response::text(421, "This server has another name.\n"));
    co_return;
  }
  // "*" and "host:port" are not paths.
  const bool has_path =
      request.form == http::TargetForm::origin || request.form == http::TargetForm::absolute;
  if (!has_path) {
    exchange.respond(examples::answer_hello(request));
    co_return;
  }
  // The pages have short names, mostly in their usual spelling, which needs no normalising.
  const std::string_view written = request.path();
  std::optional<http::UrlPath> path;
  if (!is_usual(written) || written.starts_with("/files")) {
    path = http::parse_url_path(written);
    if (!path) {
      exchange.respond(http::Response::text(400, "This is not a valid path.\n"));
      co_return;
    }
  }
  const std::string spelled = path ? path->text() : std::string();
  const std::string_view text = path ? std::string_view(spelled) : written;
  const bool is_file = path && !path->segments.empty() && path->segments.front() == "files";
  if (text == "/echo") {
    co_await answer_echo(exchange);
  } else if (text == "/stream") {
    co_await answer_stream(exchange);
  } else if (folder_ && is_file) {
    co_await answer_file(exchange, std::move(*path));
  } else if (text == "/" && is_get_or_head(request)) {
    exchange.respond(http::Response::text(200, kPage, kHtml));
  } else {
    // A page that does not exist needs no body; the others take and drop it, as hello_server does.
    http::Response response = hello(request, text);
    sys::Result<> received;
    if (exchange.is_at_head() && response.status() < 400)
      received = co_await exchange.discard_body();
    if (received) exchange.respond(std::move(response));
  }
}

async::Task<> Site::answer_stream(async::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (!is_get_or_head(request)) {
    exchange.respond(examples::refuse_method(request.method, "GET, HEAD"));
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
    if (!written) co_return;  // the client reads no more
    left -= size;
  }
  exchange.end();
}

async::Task<> Site::answer_file(async::Exchange& exchange, http::UrlPath path) {
  const http::Request& request = exchange.request();
  if (!is_get_or_head(request)) {
    exchange.respond(examples::refuse_method(request.method, "GET, HEAD"));
    co_return;
  }
  const std::vector<std::string> names(path.segments.begin() + 1, path.segments.end());
  // A disk may block a call, and epoll does not support files: so this runs in another thread.
  auto look = [folder = *folder_, names, is_folder = path.is_folder] {
    return look_up(folder, names, is_folder);
  };
  auto found = co_await async::spawn_blocking(std::move(look));
  if (!found) {
    exchange.respond(trouble(503));
  } else if (found->entry) {
    const std::string_view type =
        path.is_folder ? kHtml : http::content_type_of(path.segments.back());
    const FileAnswer answer(request, *found->entry, type);
    if (answer.has_content()) {
      co_await async::send_file(exchange, std::move(found->fd), answer.head(), answer.part());
    } else {
      exchange.respond(answer.head());
    }
  } else if (found->status == 200) {
    exchange.respond(listing(path, found->names));
  } else if (found->status == 301) {
    path.is_folder = true;
    exchange.respond(http::Response(301).add("Location", path.encoded()));
  } else if (found->status == 403) {
    exchange.respond(http::Response::text(403, "This file may not be read.\n"));
  } else {
    exchange.respond(found->status == 404 ? not_found() : trouble(found->status));
  }
}

}  // namespace examples
