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

void Buffer::make_room(std::size_t size, std::size_t most) {
  const std::size_t used = this->size();
  if (capacity_ - used < size) {
    move_to(std::max(used + size, std::min(capacity_ * 2, most)));
  } else {
    std::memmove(storage_.get(), storage_.get() + begin_, used);
    begin_ = 0;
    end_ = used;
  }
}

void Buffer::shrink(std::size_t keep) {
  if (capacity_ <= keep || size() > capacity_ / 4) return;
  if (empty())
    *this = Buffer();
  else
    move_to(std::max(keep, size()));
}

}  // namespace http
