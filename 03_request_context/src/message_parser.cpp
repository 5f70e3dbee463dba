#include "http/message_parser.hpp"

#include <algorithm>

#include "http/text.hpp"
#include "syscall/result.hpp"

namespace http {

Parsed<Progress> MessageParser::feed(std::span<std::byte> buffer) {
  if (error_) return std::unexpected(*error_);
  const auto progress = advance(buffer);
  if (!progress) return fail(progress.error());
  if (*progress != Progress::need_more) resolve(buffer);
  return progress;
}

std::unexpected<ParseError> MessageParser::fail(ParseError error) noexcept {
  error.offset += compacted_;
  if (sender_ == Sender::server) error.status = 502;
  error_ = error;
  return std::unexpected(error);
}

void MessageParser::complete() noexcept {
  position_ = body_.end();
  state_ = State::complete;
}

Parsed<Progress> MessageParser::advance(std::span<std::byte> buffer) {
  while (true) {
    Parsed<bool> done = false;
    switch (state_) {
      case State::start_line:
        done = scan_start_line(as_text(buffer));
        break;
      case State::fields:
        done = read_fields(buffer);
        if (state_ == State::body) return Progress::head_complete;
        break;
      case State::body:
        done = body_.read(buffer, message().trailers, limits_.fields - message().fields.size());
        if (done && *done) complete();
        break;
      case State::complete:
        return Progress::complete;
    }
    SYS_TRY(done);
    if (!*done) return Progress::need_more;
  }
}

Parsed<bool> MessageParser::scan_start_line(std::string_view text) {
  line_begin_ = position_;
  const std::string_view rest = text.substr(position_);
  const LineRules rules = sender_ == Sender::client ? kRequestLine : kHeadLine;
  const LineEnd end = scanner_.scan(rest, limits_.request_line, rules);
  if (end.kind == LineEnd::Kind::unfinished) return false;
  const std::string_view line = rest.substr(0, end.at);
  if (end.kind == LineEnd::Kind::too_long) return with_offset(start_line_too_long(line), position_);
  if (end.kind != LineEnd::Kind::found) return with_offset(line_fault(end, rules), position_);

  if (line.empty() && sender_ == Sender::client) {
    if (position_ + end.next > limits_.request_line)
      return refuse(400, position_, "more empty lines than are allowed", "RFC 9112 2.2");
    position_ += end.next;
    return true;
  }
  if (const auto read = read_start_line(line); !read) return with_offset(read.error(), position_);
  position_ += end.next;
  section_.start(position_, limits_.head - std::min(limits_.head, end.next), kHeadLine);
  state_ = State::fields;
  return true;
}

Parsed<bool> MessageParser::read_fields(std::span<std::byte> buffer) {
  const auto done = section_.read(buffer, message().fields, limits_.fields, sender_);
  if (!done || !*done) return done;
  position_ = section_.end();
  const auto framing = check_head();
  if (!framing) return with_offset(framing.error(), section_.begin());
  if (!*framing) {
    message().fields.clear();
    state_ = State::start_line;
    return true;
  }
  body_.start(**framing, position_, mode_, limits_, sender_);
  state_ = (*framing)->has_body() ? State::body : State::complete;
  return true;
}

std::string_view MessageParser::from_start_line(std::span<const std::byte> buffer) const noexcept {
  return as_text(buffer).substr(std::min(line_begin_, buffer.size()));
}

// The buffer may have moved since the places were noted.
void MessageParser::resolve(std::span<std::byte> buffer) noexcept {
  const char* const begin = as_text(buffer).data();
  Message& parsed = message();
  parsed.fields.set_base(begin + section_.begin());
  parsed.trailers.set_base(begin + body_.trailers_begin());
  parsed.body = body_.kept(buffer);
  parsed.body_size = body_.size();
  resolve_start_line(from_start_line(buffer));
}

void MessageParser::reset() noexcept {
  state_ = State::start_line;
  error_.reset();
  position_ = compacted_ = line_begin_ = 0;
  scanner_.reset();
  Message& parsed = message();
  parsed.fields.clear();
  parsed.trailers.clear();
  parsed.body = {};
  parsed.body_size = 0;
}

std::size_t MessageParser::compact(std::span<std::byte> buffer) noexcept {
  if (state_ != State::body) return 0;
  const std::size_t count = body_.compact(buffer);
  compacted_ += count;
  return count;
}

}  // namespace http
