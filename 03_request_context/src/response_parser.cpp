#include "http/response_parser.hpp"

#include <algorithm>

#include "http/request_line.hpp"
#include "http/text.hpp"

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
  if (!version) return std::unexpected(version.error());
  if (line.size() <= 8 || line[8] != ' ')
    return refuse(502, 8, "no space behind the version", "RFC 9112 4");
  const std::string_view digits = line.substr(9, 3);
  if (digits.size() != 3 || !std::ranges::all_of(digits, is_digit) || digits[0] == '0')
    return refuse(502, 9, "a status that is not a number of three digits", "RFC 9112 4");
  if (line.size() > 12 && line[12] != ' ')
    return refuse(502, 12, "no space behind the status", "RFC 9112 4");
  const int status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  return StatusLine{*version, status, line.size() > 13 ? line.size() - 13 : 0};
}

}  // namespace

ResponseParser::ResponseParser(std::string_view request_method, const Limits& limits, BodyMode mode)
    : method_(request_method), limits_(limits), mode_(mode) {}

Parsed<Progress> ResponseParser::feed(std::span<std::byte> buffer) {
  if (state_ == State::failed) return std::unexpected(error_);
  const auto progress = advance(buffer);
  if (!progress) return fail(progress.error());
  if (*progress != Progress::need_more) resolve(buffer);
  return progress;
}

Parsed<Progress> ResponseParser::finish(std::span<std::byte> buffer) {
  auto progress = feed(buffer);
  if (progress == Progress::head_complete) progress = feed(buffer);
  if (progress != Progress::need_more) return progress;
  if (state_ != State::body || body_.framing().kind != Framing::Kind::until_close)
    return fail({502, buffer.size(), "the connection ended before the response", "RFC 9112 8"});
  position_ = body_.end();
  state_ = State::complete;
  resolve(buffer);
  return Progress::complete;
}

Parsed<Progress> ResponseParser::fail(ParseError error) {
  state_ = State::failed;
  error_ = error;
  error_.status = 502;
  error_.offset += closed_;
  return std::unexpected(error_);
}

Parsed<Progress> ResponseParser::advance(std::span<std::byte> buffer) {
  const std::string_view text = as_text(buffer);
  while (true) {
    Parsed<bool> done = false;
    switch (state_) {
      case State::status_line:
        done = read_status_line(text);
        break;
      case State::fields:
        done = read_fields(buffer);
        if (state_ == State::body) return Progress::head_complete;
        break;
      case State::body:
        done = body_.read(buffer, response_.trailers, limits_.fields - response_.fields.size());
        if (!done || !*done) break;
        position_ = body_.end();
        state_ = State::complete;
        break;
      case State::complete:
        return Progress::complete;
      case State::failed:
        return std::unexpected(error_);
    }
    if (!done) return std::unexpected(done.error());
    if (!*done) return Progress::need_more;
  }
}

Parsed<bool> ResponseParser::read_status_line(std::string_view text) {
  const std::string_view rest = text.substr(position_);
  const LineEnd end = scanner_.scan(rest, limits_.request_line, kHeadLine);
  if (end.kind == LineEnd::Kind::unfinished) return false;
  if (end.kind == LineEnd::Kind::too_long)
    return refuse(502, position_ + end.at, "a status line longer than is allowed", "RFC 9112 4");
  if (end.kind != LineEnd::Kind::found) return with_offset(line_fault(end, kHeadLine), position_);
  const auto line = parse_status_line(rest.substr(0, end.at));
  if (!line) return with_offset(line.error(), position_);
  response_.version = line->version;
  response_.status = line->status;
  reason_size_ = line->reason_size;
  line_begin_ = position_;
  position_ += end.next;
  section_.start(position_, limits_.head - std::min(limits_.head, end.next), kHeadLine);
  state_ = State::fields;
  return true;
}

Parsed<bool> ResponseParser::read_fields(std::span<std::byte> buffer) {
  const auto done = section_.read_unfolding(buffer, response_.fields, limits_.fields);
  if (!done || !*done) return done;
  position_ = section_.end();
  const bool switching = response_.status == 101;  // from here on another protocol is spoken
  if (response_.status < 200 && !switching) {
    if (++interim_ > kMostInterim)
      return refuse(502, line_begin_, "too many interim answers", "RFC 9110 15.2");
    response_.fields.clear();
    state_ = State::status_line;
    return true;
  }
  const auto framing =
      response_framing(response_.fields, response_.version, response_.status, method_);
  if (!framing) return with_offset(framing.error(), section_.begin());
  if (framing->length > limits_.body)
    return refuse(502, section_.begin(), "a body that is longer than is allowed", "RFC 9112 6.3");
  const bool tunnel = method_ == "CONNECT" && response_.status < 300;
  const bool persists = response_.version.minor >= 1
                            ? !response_.fields.has_token("Connection", "close")
                            : response_.fields.has_token("Connection", "keep-alive");
  response_.keep_alive =
      persists && !switching && !tunnel && framing->kind != Framing::Kind::until_close;
  body_.start(*framing, position_, mode_, limits_, Sender::server);
  const bool has_body = framing->kind == Framing::Kind::chunked ||
                        framing->kind == Framing::Kind::until_close || framing->length != 0;
  state_ = has_body ? State::body : State::complete;
  return true;
}

// The buffer may have moved since the places were noted.
void ResponseParser::resolve(std::span<std::byte> buffer) noexcept {
  const std::string_view text = as_text(buffer);
  response_.reason =
      reason_size_ == 0 ? std::string_view() : text.substr(line_begin_ + 13, reason_size_);
  response_.fields.set_base(text.data() + section_.begin());
  response_.trailers.set_base(text.data() + body_.trailers_begin());
  response_.body = body_.kept(buffer);
  response_.body_size = body_.size();
}

std::optional<std::size_t> ResponseParser::declared_length() const noexcept {
  const Framing framing = body_.framing();
  if (framing.kind == Framing::Kind::chunked || framing.kind == Framing::Kind::until_close)
    return std::nullopt;
  return framing.length;
}

void ResponseParser::reset(std::string_view request_method) {
  method_ = request_method;
  state_ = State::status_line;
  position_ = closed_ = interim_ = 0;
  scanner_.reset();
  response_.fields.clear();
  response_.trailers.clear();
  response_.body = {};
  response_.body_size = 0;
}

Gap ResponseParser::gap() const noexcept {
  return state_ == State::body ? body_.gap() : Gap{};
}

std::size_t ResponseParser::compact(std::span<std::byte> buffer) noexcept {
  if (state_ != State::body) return 0;
  const std::size_t count = body_.compact(buffer);
  closed_ += count;
  return count;
}

std::size_t ResponseParser::examined() const noexcept {
  return scanner_.examined() + section_.examined() + body_.examined();
}

}  // namespace http
