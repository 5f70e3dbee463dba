#include "http/response_parser.hpp"

#include <algorithm>

#include "http/request_line.hpp"
#include "http/text.hpp"
#include "syscall/result.hpp"

namespace http {
namespace {

constexpr std::size_t kMostInterim = 16;  // answers before the answer

struct StatusLine {
  Version version;
  int status = 0;
  std::size_t reason_size = 0;  // the end of the line
};

// HTTP-version SP 3DIGIT SP [ reason ]; the second space may be missing where no reason follows, as
// many servers have it. Offsets count from the line.
Parsed<StatusLine> parse_status_line(std::string_view line) {
  const auto version = parse_version(line.substr(0, 8));
  SYS_TRY(version);
  if (line.size() <= 8 || line[8] != ' ')
    return refuse(502, 8, "no space after the version", "RFC 9112 4");
  const std::string_view digits = line.substr(9, 3);
  if (digits.size() != 3 || !std::ranges::all_of(digits, is_digit) || digits[0] == '0')
    return refuse(502, 9, "a status that is not a number of three digits", "RFC 9112 4");
  if (line.size() > 12 && line[12] != ' ')
    return refuse(502, 12, "no space after the status", "RFC 9112 4");
  const int status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  return StatusLine{*version, status, line.size() > 13 ? line.size() - 13 : 0};
}

}  // namespace

Parsed<Progress> ResponseParser::finish(std::span<std::byte> buffer) {
  auto progress = feed(buffer);
  if (progress == Progress::head_complete) progress = feed(buffer);
  if (progress != Progress::need_more) return progress;
  if (!reads_until_close())
    return fail({502, buffer.size(), "the connection ended before the response", "RFC 9112 8"});
  complete();
  return feed(buffer);
}

ParseError ResponseParser::start_line_too_long(std::string_view line) const noexcept {
  return {502, line.size(), "a status line longer than is allowed", "RFC 9112 4"};
}

Parsed<> ResponseParser::read_start_line(std::string_view text) {
  const auto line = parse_status_line(text);
  SYS_TRY(line);
  response_.version = line->version;
  response_.status = line->status;
  reason_size_ = line->reason_size;
  if (is_interim() && ++interim_ > kMostInterim)
    return refuse(502, 0, "too many interim answers", "RFC 9110 15.2");
  return {};
}

Parsed<std::optional<Framing>> ResponseParser::check_head() {
  if (is_interim()) return std::nullopt;
  const auto framing =
      response_framing(response_.fields, response_.version, response_.status, method_);
  if (!framing) return framing;
  if (framing->length > limits().body)
    return refuse(502, 0, "a body that is longer than is allowed", "RFC 9112 6.3");
  const bool switching = response_.status == 101;  // from here on another protocol is spoken
  const bool tunnel = method_ == "CONNECT" && response_.status < 300;
  const bool persists = response_.version.minor >= 1
                            ? !response_.fields.has_token("Connection", "close")
                            : response_.fields.has_token("Connection", "keep-alive");
  response_.keep_alive =
      persists && !switching && !tunnel && framing->kind != Framing::Kind::until_close;
  return framing;
}

void ResponseParser::resolve_start_line(std::string_view text) noexcept {
  response_.reason = reason_size_ == 0 ? std::string_view() : text.substr(13, reason_size_);
}

void ResponseParser::reset(std::string_view request_method) {
  MessageParser::reset();
  method_ = request_method;
  interim_ = 0;
}

}  // namespace http
