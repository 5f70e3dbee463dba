#include "http/buffer.hpp"

#include <algorithm>

namespace http {

void Buffer::move_to(std::size_t capacity) {
  auto storage = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (!empty()) std::memcpy(storage.get(), data().data(), size());
  storage_ = std::move(storage);
  capacity_ = capacity;
  end_ = size();
  begin_ = 0;
}

std::span<std::byte> Buffer::room(std::size_t size) {
  const std::size_t used = this->size();
  if (capacity_ - used < size) {
    move_to(std::max(used + size, capacity_ * 2));
  } else if (capacity_ - end_ < size) {
    std::memmove(storage_.get(), storage_.get() + begin_, used);
    begin_ = 0;
    end_ = used;
  }
  return {storage_.get() + end_, size};
}

void Buffer::shrink(std::size_t keep) {
  if (capacity_ <= keep || size() > capacity_ / 4) return;
  if (empty())
    *this = Buffer();
  else
    move_to(std::max(keep, size()));
}

}  // namespace http
