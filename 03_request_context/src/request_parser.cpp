#include "http/request_parser.hpp"

#include <algorithm>

#include "http/framing.hpp"
#include "http/request_line.hpp"
#include "http/target.hpp"
#include "http/text.hpp"

namespace http {
namespace {

// HTTP/1.1: one Host field, with a valid value, whatever the form of the target. HTTP/1.0 may do
// without [RFC 9112 3.2]. Offsets count from the first field.
Parsed<> check_host(const Fields& fields, Version version) {
  constexpr std::string_view section = "RFC 9112 3.2";
  std::size_t hosts = 0;
  for (const Field field : fields) {
    if (!equal_ignoring_case(field.name, "Host")) continue;
    if (++hosts > 1) return refuse(400, fields.offset_of(field.name), "a second Host", section);
    if (const auto host = parse_host_port(field.value); !host)
      return with_offset(host.error(), fields.offset_of(field.value));
  }
  if (hosts == 0 && version.minor >= 1) return refuse(400, 0, "a request without Host", section);
  return {};
}

// Whether the client waits for "100 Continue". 417 for any other expectation; a client of HTTP/1.0
// cannot have one [RFC 9110 10.1.1]. Offsets count from the first field.
Parsed<bool> check_expect(const Fields& fields, Version version) {
  if (version.minor == 0) return false;
  bool waits = false;
  std::optional<std::size_t> unknown;
  fields.for_each_element("Expect", [&](std::string_view element) {
    if (equal_ignoring_case(element, "100-continue")) {
      waits = true;
    } else if (!unknown) {
      unknown = fields.offset_of(element);
    }
  });
  if (unknown)
    return refuse(417, *unknown, "an expectation other than 100-continue", "RFC 9110 10.1.1");
  return waits;
}

// A URI of https is not answered on a connection in the clear, lest the answer pass for a page of
// https; one of any other scheme is for another server [RFC 9110 7.4].
bool is_http_uri(std::string_view target) {
  return equal_ignoring_case(target.substr(0, target.find(':')), "http");
}

bool has_body(const Framing& framing) {
  return framing.kind == Framing::Kind::chunked || framing.length != 0;
}

}  // namespace

RequestParser::RequestParser(const Limits& limits, BodyMode mode) : limits_(limits), mode_(mode) {}

Parsed<Progress> RequestParser::feed(std::span<std::byte> buffer) {
  if (state_ == State::failed) return std::unexpected(error_);
  const auto progress = advance(buffer);
  if (!progress) {
    state_ = State::failed;
    error_ = progress.error();
    error_.offset += closed_;
    return std::unexpected(error_);
  }
  if (*progress != Progress::need_more) resolve(buffer);
  return progress;
}

Parsed<Progress> RequestParser::advance(std::span<std::byte> buffer) {
  const std::string_view text = as_text(buffer);
  while (true) {
    Parsed<bool> done = false;
    switch (state_) {
      case State::request_line:
        done = read_request_line(text);
        break;
      case State::fields:
        done = read_fields(text);
        if (done && *done)
          return state_ == State::body ? Progress::head_complete : Progress::complete;
        break;
      case State::body:
        done = body_.read(buffer, request_.trailers, limits_.fields - request_.fields.size());
        if (!done || !*done) break;
        position_ = body_.end();
        state_ = State::complete;
        return Progress::complete;
      case State::complete:
        return Progress::complete;
      case State::failed:
        return std::unexpected(error_);
    }
    if (!done) return std::unexpected(done.error());
    if (!*done) return Progress::need_more;
  }
}

Parsed<bool> RequestParser::read_request_line(std::string_view text) {
  line_begin_ = position_;
  const std::string_view rest = text.substr(position_);
  const LineEnd end = scanner_.scan(rest, limits_.request_line, kRequestLine);
  if (end.kind == LineEnd::Kind::unfinished) return false;
  if (end.kind == LineEnd::Kind::too_long) {
    if (!rest.substr(0, end.at).contains(' '))
      return refuse(501, position_ + end.at, "a method longer than any that is known",
                    "RFC 9112 3");
    return refuse(414, position_ + end.at, "a request line longer than is allowed", "RFC 9112 3");
  }
  if (end.kind != LineEnd::Kind::found)
    return with_offset(line_fault(end, kRequestLine), position_);

  if (end.at == 0) {
    if (position_ + end.next > limits_.request_line)
      return refuse(400, position_, "more empty lines than are allowed", "RFC 9112 2.2");
    position_ += end.next;
    return true;
  }
  const auto line = parse_request_line(rest.substr(0, end.at));
  if (!line) return with_offset(line.error(), position_);
  if (line->form == TargetForm::absolute && !is_http_uri(line->target))
    return refuse(421, position_ + line->method.size() + 1, "a target of another scheme than http",
                  "RFC 9110 7.4");
  method_size_ = line->method.size();
  target_size_ = line->target.size();
  request_.form = line->form;
  request_.version = line->version;
  position_ += end.next;
  section_.start(position_, limits_.head - std::min(limits_.head, end.next), kHeadLine);
  state_ = State::fields;
  return true;
}

Parsed<bool> RequestParser::read_fields(std::string_view text) {
  const auto done = section_.read(text, request_.fields, limits_.fields);
  if (!done || !*done) return done;
  position_ = section_.end();
  const auto framing = check_head();
  if (!framing) return with_offset(framing.error(), section_.begin());
  body_.start(*framing, position_, mode_, limits_);
  state_ = has_body(*framing) ? State::body : State::complete;
  return true;
}

// What the fields must be, beyond their syntax, and what they say. Offsets count from the first one.
Parsed<Framing> RequestParser::check_head() {
  const Fields& fields = request_.fields;
  if (const auto host = check_host(fields, request_.version); !host)
    return std::unexpected(host.error());
  const auto framing = request_framing(fields, request_.version);
  if (!framing) return framing;
  if (framing->length > limits_.body)
    return refuse(413, fields.offset_of(*fields.find("Content-Length")),
                  "a body that is longer than is allowed", "RFC 9110 15.5.14");
  const auto waits = check_expect(fields, request_.version);
  if (!waits) return std::unexpected(waits.error());
  request_.wants_continue = *waits && has_body(*framing);
  return framing;
}

// The buffer may have moved since the places were noted.
void RequestParser::resolve(std::span<std::byte> buffer) noexcept {
  const std::string_view text = as_text(buffer);
  request_.method = text.substr(line_begin_, method_size_);
  request_.target = text.substr(line_begin_ + method_size_ + 1, target_size_);
  request_.fields.set_base(text.data() + section_.begin());
  request_.trailers.set_base(text.data() + body_.trailers_begin());
  request_.body = body_.kept(buffer);
  request_.body_size = body_.size();
  request_.content_length = declared_length();
}

std::optional<std::size_t> RequestParser::declared_length() const noexcept {
  if (body_.framing().kind == Framing::Kind::chunked) return std::nullopt;
  return body_.framing().length;
}

void RequestParser::reset() noexcept {
  state_ = State::request_line;
  position_ = closed_ = line_begin_ = 0;
  scanner_.reset();
  request_.fields.clear();
  request_.trailers.clear();
  request_.body = {};
  request_.body_size = 0;
  request_.wants_continue = false;
}

bool RequestParser::started() const noexcept {
  return state_ != State::request_line || scanner_.looked() != 0;
}

bool RequestParser::asks_for_head_only(std::span<const std::byte> buffer) const noexcept {
  return as_text(buffer).substr(std::min(line_begin_, buffer.size())).starts_with("HEAD ");
}

Gap RequestParser::gap() const noexcept {
  return state_ == State::body ? body_.gap() : Gap{};
}

std::size_t RequestParser::compact(std::span<std::byte> buffer) noexcept {
  if (state_ != State::body) return 0;
  const std::size_t count = body_.compact(buffer);
  closed_ += count;
  return count;
}

std::size_t RequestParser::examined() const noexcept {
  return scanner_.examined() + section_.examined() + body_.examined();
}

}  // namespace http
