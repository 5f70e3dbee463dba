// Shows what the parser sees in a request, or why it refuses it.
//
//   parse_request [file] [--chunk N]
//
//   printf 'POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello' | parse_request --chunk 1
//
//   request 1, 61 bytes
//     method      POST
//     target      /up  (origin-form)
//     ...
//
// Without a file it reads from standard input. The bytes are fed in pieces of N, all at once without
// --chunk; what it prints is the same for every N. Requests behind each other are shown one by one.
// Exit code: 0 if all was well, 1 if a request was refused or is not whole, 2 for a wrong command.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "epoll/command_line.hpp"
#include "http/request_parser.hpp"
#include "http/text.hpp"
#include "syscall/report.hpp"

namespace {

std::optional<std::string> read_all(const std::string& file) {
  std::ifstream opened;
  if (!file.empty()) {
    opened.open(file, std::ios::binary);
    if (!opened) return std::nullopt;
  }
  std::istream& in = file.empty() ? std::cin : opened;
  std::string bytes;
  for (char piece[4096]; in.read(piece, sizeof piece) || in.gcount() != 0;)
    bytes.append(piece, static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return std::nullopt;  // a folder, for one
  return bytes;
}

// Bytes of a stranger are not for the terminal as they are: an escape sequence could rewrite it.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      out += c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += c == '\r' ? "\\r" : c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\\' ? "\\\\" : "";
      if (!std::string_view("\r\n\t\\").contains(c)) {
        out += "\\x";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
      }
    }
  }
  return out;
}

std::string_view name_of(http::TargetForm form) {
  switch (form) {
    case http::TargetForm::origin:
      return "origin-form";
    case http::TargetForm::absolute:
      return "absolute-form";
    case http::TargetForm::authority:
      return "authority-form";
    case http::TargetForm::asterisk:
      return "asterisk-form";
  }
  return "";
}

void show(std::size_t number, const http::Request& request, std::size_t bytes) {
  std::cout << "request " << number << ", " << bytes << " bytes\n"
            << "  method      " << request.method << '\n'
            << "  target      " << request.target << "  (" << name_of(request.form) << ")\n";
  if (!request.path().empty()) std::cout << "  path        " << request.path() << '\n';
  if (!request.query().empty()) std::cout << "  query       " << request.query() << '\n';
  if (!request.authority().empty()) std::cout << "  authority   " << request.authority() << '\n';
  std::cout << "  version     HTTP/" << request.version.major << '.' << request.version.minor
            << '\n';
  for (const http::Field field : request.fields)
    std::cout << "  field       " << field.name << ": " << printable(field.value) << '\n';
  std::cout << "  body        " << request.body_size << " bytes";
  constexpr std::size_t kShown = 60;
  if (!request.body.empty())
    std::cout << "  " << printable(request.body_text().substr(0, kShown))
              << (request.body.size() > kShown ? "..." : "");
  std::cout << '\n';
  for (const http::Field field : request.trailers)
    std::cout << "  trailer     " << field.name << ": " << printable(field.value) << '\n';
  if (request.wants_continue) std::cout << "  expects     100-continue\n";
  std::cout << "  keep-alive  " << (request.keep_alive() ? "yes" : "no") << '\n';
}

// The line in which the error stands, with a caret below the byte that is wrong.
void show_line(std::string_view request, std::size_t offset) {
  const std::size_t at = std::min(offset, request.size());
  std::size_t begin = at == 0 ? 0 : request.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  begin = std::max(begin, at - std::min<std::size_t>(at, 60));        // a long line is cut
  const std::size_t line_end = std::min(request.find('\n', at), request.size());
  const std::string_view rest = request.substr(at, std::min<std::size_t>(line_end + 1 - at, 20));
  const std::string before = printable(request.substr(begin, at - begin));
  std::cout << "  " << before << printable(rest) << '\n'
            << "  " << std::string(before.size(), ' ') << "^\n";
}

void show(std::size_t number, const http::ParseError& error, std::string_view request) {
  std::cout << "request " << number << " is refused with " << error.status << '\n'
            << "  offset      " << error.offset << '\n'
            << "  because of  " << error.what << '\n'
            << "  see         " << error.section << '\n';
  show_line(request, error.offset);
}

// Feeds one request in pieces, up to the first outcome.
http::Parsed<http::Progress> feed(http::RequestParser& parser, std::span<std::byte> bytes,
                                  std::size_t chunk) {
  for (std::size_t size = std::min(chunk, bytes.size());; size += chunk) {
    size = std::min(size, bytes.size());
    auto progress = parser.feed(bytes.first(size));
    if (progress == http::Progress::head_complete) progress = parser.feed(bytes.first(size));
    if (progress != http::Progress::need_more || size == bytes.size()) return progress;
  }
}

bool show_all(std::string bytes, std::size_t chunk) {
  const std::string original = bytes;  // bodies in chunks are put together in `bytes` itself
  const std::span<std::byte> all = std::as_writable_bytes(std::span(bytes));
  http::RequestParser parser;
  std::size_t begin = 0;
  for (std::size_t number = 1; begin < all.size(); ++number) {
    const auto progress = feed(parser, all.subspan(begin), chunk);
    if (!progress) {
      show(number, progress.error(), std::string_view(original).substr(begin));
      return false;
    }
    if (*progress == http::Progress::need_more) {
      if (!parser.started()) return number > 1;  // an empty line at the end is no request
      std::cout << "request " << number << " is not complete: " << all.size() - begin
                << " bytes have arrived\n";
      return false;
    }
    show(number, parser.request(), parser.consumed());
    begin += parser.consumed();
    parser.reset();
  }
  if (begin == 0) std::cout << "there is no request\n";
  return begin != 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string file;       // empty: standard input
  std::size_t chunk = 0;  // 0: all at once
  const epoll::CommandLine line(
      "Shows what the parser sees in a request, or why it refuses it.",
      {{"[file]", epoll::text_into(file), "a request; read from standard input if not given"},
       {"[--chunk N]", epoll::number_into<std::size_t>(chunk, 1), "bytes to feed at a time"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  auto bytes = read_all(file);
  if (!bytes) {
    (void)sys::fail("cannot read " + file);
    return 2;
  }
  if (chunk == 0) chunk = std::max<std::size_t>(bytes->size(), 1);
  return show_all(std::move(*bytes), chunk) ? 0 : 1;
}
