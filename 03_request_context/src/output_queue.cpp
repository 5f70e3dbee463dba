#include "http/output_queue.hpp"

#include <algorithm>

namespace http {

void OutputQueue::append(std::vector<std::byte>&& body) {
  if (body.size() <= kCopied) return text_.append(body);
  bodies_.push_back({text_.size() - text_before_, std::move(body)});
  text_before_ = text_.size();
  in_bodies_ += bodies_.back().bytes.size();
}

std::size_t OutputQueue::capacity() const noexcept {
  std::size_t sum = text_.capacity();
  for (const Body& body : bodies_) sum += body.bytes.capacity();
  return sum;
}

std::span<const std::byte> OutputQueue::front() const noexcept {
  if (bodies_.empty()) return text_.data();
  const Body& first = bodies_.front();
  return first.text_before != 0 ? text_.data().first(first.text_before) : first.rest();
}

OutputPieces OutputQueue::pieces() const noexcept {
  OutputPieces result;
  const auto add = [&result](std::span<const std::byte> bytes) {
    if (bytes.empty() || result.count == result.pieces.size()) return;
    // An iovec serves for reading, too; sendmsg does not write.
    result.pieces[result.count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
    result.bytes += bytes.size();
  };
  auto text = text_.data();
  for (const Body& body : bodies_) {
    add(text.first(body.text_before));
    add(body.rest());
    text = text.subspan(body.text_before);
  }
  add(text);
  return result;
}

void OutputQueue::consume(std::size_t count) noexcept {
  while (count != 0) {
    const std::size_t part = std::min(count, front().size());
    count -= part;
    if (bodies_.empty()) {
      text_.consume(part);
      continue;
    }
    Body& first = bodies_.front();
    if (first.text_before != 0) {
      text_.consume(part);
      first.text_before -= part;
      text_before_ -= part;
      continue;
    }
    first.sent += part;
    in_bodies_ -= part;
    if (first.sent == first.bytes.size()) bodies_.erase(bodies_.begin());
  }
}

}  // namespace http
