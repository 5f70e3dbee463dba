#include "http/body_reader.hpp"

#include <algorithm>
#include <cstring>

namespace http {

void BodyReader::start(Framing framing, std::size_t position, BodyMode mode, const Limits& limits,
                       Sender sender) noexcept {
  framing_ = framing;
  place_ = {};
  place_.begin = place_.next = position;
  place_.mode = mode;
  left_ = framing.kind == Framing::Kind::length ? framing.length : limits.body;
  chunks_.start(limits, sender);
}

Parsed<bool> BodyReader::read(std::span<std::byte> buffer, Fields& trailers, std::size_t fields) {
  if (framing_.kind == Framing::Kind::none) return true;
  if (framing_.kind == Framing::Kind::chunked)
    return chunks_.decode(buffer, place_, trailers, fields);

  const std::size_t there = buffer.size() - place_.next;
  const std::size_t count = std::min(left_, there);
  place_.take(buffer, count);
  left_ -= count;
  if (framing_.kind == Framing::Kind::length) return left_ == 0;
  if (there > count)
    return refuse(413, place_.next, "a body that is longer than is allowed", "RFC 9110 15.5.14");
  return false;  // only the end of the connection ends it
}

std::size_t BodyReader::end() const noexcept {
  return framing_.kind == Framing::Kind::chunked ? chunks_.end() : place_.next;
}

std::span<const std::byte> BodyReader::kept(std::span<const std::byte> buffer) const noexcept {
  return buffer.subspan(place_.begin, place_.kept);
}

std::size_t BodyReader::compact(std::span<std::byte> buffer) noexcept {
  const Gap gap = place_.gap();
  if (gap.size() == 0) return 0;
  const auto rest = buffer.subspan(gap.to);
  if (!rest.empty()) std::memmove(buffer.data() + gap.from, rest.data(), rest.size());
  place_.next -= gap.size();
  chunks_.shift_down(gap.size());
  return gap.size();
}

}  // namespace http
