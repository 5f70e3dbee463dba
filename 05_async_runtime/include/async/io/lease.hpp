// Bytes that have come, in a buffer that is lent for as long as they are needed.
//
//   while (auto bytes = co_await stream.read_lease()) {
//     if (bytes->empty()) break;                             // the peer has sent its last byte
//     if (!co_await stream.write_all(*bytes)) break;
//   }                                                        // given back, before the next read waits
//
// A buffer in the frame of a coroutine is there as long as the coroutine, also while it waits: ten thousand
// idle clients hold 40 MB of buffers in which nothing stands. This one is taken when there is something to
// read. So there are as many of them as connections that have something in hand, mostly one; it can
// be large, and is warm in the processor's cache.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "http/spares.hpp"

namespace async {

class Lease {
 public:
  // The most that it holds.
  static constexpr std::size_t kSize = 64 * 1024;

  Lease() noexcept = default;  // no bytes
  Lease(Lease&& other) noexcept
      : block_(std::move(other.block_)), size_(std::exchange(other.size_, 0)) {}
  Lease& operator=(Lease&& other) noexcept {
    block_ = std::move(other.block_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  ~Lease() = default;

  // A buffer without any bytes yet, of those that this thread has in store, or a new one. Throws
  // std::bad_alloc.
  [[nodiscard]] static Lease take() {
    Lease lease;
    lease.block_.reset(http::Spares<Block>::of_this_thread().take().release());
    return lease;
  }
  // Of one that `take` has made: kSize bytes of room, of which the first `size` hold something from now on.
  [[nodiscard]] std::span<std::byte> room() noexcept { return block_->bytes; }
  void set_size(std::size_t size) noexcept { size_ = size; }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return block_ ? std::span<const std::byte>(block_->bytes).first(size_)
                  : std::span<const std::byte>();
  }
  operator std::span<const std::byte>() const noexcept { return bytes(); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  struct Block {
    std::array<std::byte, kSize> bytes;
  };
  struct GiveBack {  // to the thread that it is called in
    void operator()(Block* block) const noexcept {
      http::Spares<Block>::of_this_thread().give_back(std::unique_ptr<Block>(block));
    }
  };

  std::unique_ptr<Block, GiveBack> block_;
  std::size_t size_ = 0;
};

}  // namespace async
