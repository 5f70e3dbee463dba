// Bytes that have arrived, in a buffer that is lent for as long as they are needed.
//
//   while (auto bytes = co_await stream.read_lease()) {
//     if (bytes->empty()) break;                             // the peer has sent its last byte
//     if (!co_await stream.write_all(*bytes)) break;
//   }                                                        // given back before the next wait
//
// A buffer in a coroutine's frame exists as long as the coroutine, also while the coroutine waits:
// ten thousand idle clients hold 40 MB of empty buffers. A lease is taken only when there is
// something to read. So there are as many buffers as connections that are handling data, mostly
// one; a buffer can be large, and it is warm in the processor's cache.
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
  // The most bytes that a Lease holds.
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

  // A buffer that holds no bytes yet: one of the spare buffers of this thread, or a new one. Throws
  // std::bad_alloc.
  [[nodiscard]] static Lease take() {
    Lease lease;
    lease.block_.reset(http::Spares<Block>::of_this_thread().take().release());
    return lease;
  }
  // For a Lease made by `take`: kSize bytes of room. `set_size` sets how many of them, from the
  // first on, hold data.
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
