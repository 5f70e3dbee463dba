#include "http/chunked_decoder.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "http/text.hpp"
#include "syscall/todo.hpp"

namespace http {
namespace {

constexpr std::size_t kMostDigits = 16;  // what 64 bits hold
constexpr std::string_view kChunkedSection = "RFC 9112 7.1";

std::size_t hex_value(char c) {
  if (is_digit(c)) return static_cast<std::size_t>(c - '0');
  return static_cast<std::size_t>(to_lower(c) - 'a') + 10;
}

// How many bytes at the front of `text` are hexadecimal digits.
std::size_t digits_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_hex_digit) - text.begin());
}

// Takes whitespace, a token or a quoted string off the front of `text`. False if neither of the
// latter is there [RFC 9110 5.6.3, 5.6.4].
void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}
bool skip_token(std::string_view& text) {
  const std::size_t size = token_size(text);
  text.remove_prefix(size);
  return size != 0;
}
bool skip_quoted_string(std::string_view& text) {
  if (!text.starts_with('"')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// *( BWS ";" BWS name [ BWS "=" BWS value ] ), and nothing behind it [RFC 9112 7.1.1].
bool are_extensions(std::string_view text) {
  while (!text.empty()) {
    skip_blanks(text);
    if (!text.starts_with(';')) return false;
    text.remove_prefix(1);
    skip_blanks(text);
    if (!skip_token(text)) return false;
    std::string_view value = text;
    skip_blanks(value);
    if (!value.starts_with('=')) continue;
    value.remove_prefix(1);
    skip_blanks(value);
    if (!skip_token(value) && !skip_quoted_string(value)) return false;
    text = value;
  }
  return true;
}

// The fields that this library itself acts upon. In a trailer they come too late, and a reader that
// heeded them there would see another message than we do [RFC 9110 6.5.1].
bool may_not_trail(std::string_view name) {
  constexpr std::array<std::string_view, 5> kHeadOnly{"Content-Length", "Transfer-Encoding", "Host",
                                                      "Connection", "Expect"};
  return std::ranges::any_of(
      kHeadOnly, [&](std::string_view other) { return equal_ignoring_case(name, other); });
}

}  // namespace

Parsed<ChunkHead> parse_chunk_head(std::string_view line) {
  // #region 3.6 parse_chunk_head
  ChunkHead head;
  while (head.digits < line.size() && is_hex_digit(line[head.digits])) {
    if (head.digits == kMostDigits)
      return refuse(400, head.digits, "a chunk size that no number can hold", kChunkedSection);
    head.size = head.size * 16 + hex_value(line[head.digits]);
    ++head.digits;
  }
  if (head.digits == 0)
    return refuse(400, 0, "a chunk size without a hexadecimal digit", kChunkedSection);
  if (!are_extensions(line.substr(head.digits)))
    return refuse(400, head.digits, "text after the chunk size that is not an extension",
                  "RFC 9112 7.1.1");
  return head;
  // #endregion 3.6
}

void ChunkedDecoder::start(const Limits& limits, Sender sender) noexcept {
  state_ = State::size_line;
  sender_ = sender;
  left_ = 0;
  body_left_ = limits.body;
  // A line may have that many bytes beside its digits, and the sum must not wrap around.
  extensions_left_ =
      std::min(limits.chunk_extensions, std::numeric_limits<std::size_t>::max() - kMostDigits);
  trailer_room_ = limits.head;
  scanner_.reset();
}

Parsed<bool> ChunkedDecoder::decode(std::span<std::byte> buffer, BodyPlace& place, Fields& trailers,
                                    std::size_t fields) {
  const std::string_view text = as_text(buffer);
  while (true) {
    Parsed<bool> done = false;
    switch (state_) {
      case State::size_line:
        done = read_size_line(text, place);
        break;
      case State::data:
        done = read_data(buffer, place);
        break;
      case State::data_end:
        done = read_data_end(text, place);
        break;
      case State::trailers:
        return read_trailers(buffer, trailers, fields);
    }
    if (!done || !*done) return done;
  }
}

Parsed<bool> ChunkedDecoder::read_size_line(std::string_view buffer, BodyPlace& place) {
  const std::string_view rest = buffer.substr(place.next);
  const auto too_many_extensions = [this](std::size_t begin) {
    return refuse(413, begin + extensions_left_, "more bytes of chunk extensions than are allowed",
                  "RFC 9112 7.1.1");
  };
  const LineEnd end = scanner_.scan(rest, kMostDigits + extensions_left_, kChunkLine);
  if (end.kind == LineEnd::Kind::unfinished) return false;
  if (end.kind == LineEnd::Kind::too_long)
    return too_many_extensions(place.next + std::min(digits_of(rest), kMostDigits));
  if (end.kind != LineEnd::Kind::found) return with_offset(line_fault(end, kChunkLine), place.next);

  std::string_view line = rest.substr(0, end.at);
  // Some servers write all sizes with the same width.
  while (sender_ == Sender::server && !line.empty() && is_blank(line.back())) line.remove_suffix(1);
  const auto head = parse_chunk_head(line);
  if (!head) return with_offset(head.error(), place.next);
  const std::size_t extensions = end.at - head->digits;
  if (extensions > extensions_left_) return too_many_extensions(place.next + head->digits);
  extensions_left_ -= extensions;
  if (head->size > body_left_)
    return refuse(413, place.next, "a chunk that makes the body longer than is allowed",
                  "RFC 9110 15.5.14");
  body_left_ -= head->size;
  place.skip(end.next);
  left_ = head->size;
  if (left_ != 0) {
    state_ = State::data;
  } else {
    state_ = State::trailers;
    trailers_.start(place.next, trailer_room_, kChunkLine);
  }
  return true;
}

Parsed<bool> ChunkedDecoder::read_data(std::span<std::byte> buffer, BodyPlace& place) {
  const std::size_t count = std::min(left_, buffer.size() - place.next);
  place.take(buffer, count);
  left_ -= count;
  if (left_ == 0) state_ = State::data_end;
  return left_ == 0;
}

// The data ends with CRLF. What stands there instead would be the beginning of another message to
// a reader that counts differently.
Parsed<bool> ChunkedDecoder::read_data_end(std::string_view buffer, BodyPlace& place) {
  const std::string_view rest = buffer.substr(place.next);
  constexpr std::string_view kEnd = "\r\n";
  for (std::size_t i = 0; i < kEnd.size(); ++i) {
    if (i == rest.size()) return false;
    if (rest[i] != kEnd[i])
      return refuse(400, place.next + i, "no CRLF after the data of a chunk", kChunkedSection);
  }
  place.skip(kEnd.size());
  state_ = State::size_line;
  return true;
}

Parsed<bool> ChunkedDecoder::read_trailers(std::span<std::byte> buffer, Fields& trailers,
                                           std::size_t fields) {
  const auto done = trailers_.read(buffer, trailers, fields, sender_);
  if (!done || !*done || sender_ == Sender::server) return done;
  for (const Field field : trailers) {
    if (may_not_trail(field.name))
      return refuse(400, trailers_.begin() + trailers.offset_of(field.name),
                    "a trailer that belongs in the head", "RFC 9110 6.5.1");
  }
  return true;
}

}  // namespace http
