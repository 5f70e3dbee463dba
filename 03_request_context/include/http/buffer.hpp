// A queue of bytes: they are appended at the end, and consumed from the front.
//
//   storage  |  used up  |        data()        |      room      |
//            0           begin                  end              capacity
//
// A std::vector would fill the room with zeros before the kernel writes bytes into it; for a body
// of 64 MiB that means 64 MiB written twice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "http/text.hpp"

namespace http {

class Buffer {
 public:
  Buffer() noexcept = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  // Copying 64 MiB should not happen by accident.
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  // The bytes in the buffer. Valid until the next call that is not const; moving the Buffer keeps
  // the view valid.
  [[nodiscard]] std::span<const std::byte> data() const noexcept {
    return {storage_.get() + begin_, size()};
  }
  [[nodiscard]] std::span<std::byte> data() noexcept { return {storage_.get() + begin_, size()}; }

  // Room for `size` bytes after the data, to be written by the caller; `filled` then reports how
  // many of them were written. If moving the data does not make enough room, the capacity is at
  // least doubled, so that n bytes cost O(n) in all. It does not exceed `most`, the total that the
  // caller expects, unless this room needs it. Throws std::bad_alloc.
  [[nodiscard]] std::span<std::byte> room(
      std::size_t size, std::size_t most = std::numeric_limits<std::size_t>::max()) {
    if (capacity_ - end_ < size) make_room(size, most);
    return {storage_.get() + end_, size};
  }
  void filled(std::size_t count) noexcept { end_ += count; }

  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;  // memcpy must not get a null pointer, not even for 0 bytes
    std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
    filled(bytes.size());
  }
  void append(std::string_view text) { append(as_bytes(text)); }

  // Removes the first, or the last, `count` bytes; count <= size().
  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void drop_back(std::size_t count) noexcept { end_ -= count; }

  // Frees storage that is larger than `keep` and mostly empty: one large body must not cost an idle
  // connection its size for ever. Throws std::bad_alloc if the buffer is not quite empty.
  void shrink(std::size_t keep);

 private:
  void swap(Buffer& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
  }
  void make_room(std::size_t size, std::size_t most);
  // Moves the data to the front of new storage of this size.
  void move_to(std::size_t capacity);

  std::unique_ptr<std::byte[]> storage_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace http
