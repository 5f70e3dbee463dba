// Counts what a test allocates: allocations.cpp replaces operator new for the whole test program. Each
// thread counts for itself; memory that is asked for in one and given back in another spoils the bytes
// of both, but not the counts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

namespace allocations {

inline constinit thread_local std::size_t count = 0;  // how often memory was asked for
inline constinit thread_local std::size_t bytes = 0;  // held now
inline constinit thread_local std::size_t peak = 0;   // the most that was held

// From here on, against what was held here.
class Watch {
 public:
  Watch() noexcept : count_(count), bytes_(bytes) { peak = bytes; }
  [[nodiscard]] std::size_t made() const noexcept { return count - count_; }
  [[nodiscard]] std::size_t held_bytes() const noexcept { return bytes - bytes_; }
  [[nodiscard]] std::size_t peak_bytes() const noexcept { return peak - bytes_; }

 private:
  std::size_t count_;
  std::size_t bytes_;
};

// Of the times that this thread asks for memory while this is armed, the `nth` one fails; 0: none.
class FailNth {
 public:
  explicit FailNth(std::size_t nth) noexcept : left_(nth) {}
  ~FailNth() { disarm(); }
  FailNth(const FailNth&) = delete;  // there is one memory
  FailNth& operator=(const FailNth&) = delete;

  void arm() noexcept {
    armed_at_ = count;
    fails_at = left_ == 0 ? 0 : count + left_;
  }
  void disarm() noexcept {
    if (std::exchange(fails_at, 0) == 0) return;
    left_ -= std::min(left_, count - armed_at_);
  }
  // Once it is disarmed.
  [[nodiscard]] bool has_failed() const noexcept { return left_ == 0; }

  static inline constinit thread_local std::size_t fails_at = 0;  // in `count`; 0: never

 private:
  std::size_t left_;
  std::size_t armed_at_ = 0;
};

// While one lives, asking in this thread for more than `most` bytes at once fails.
class Shortage {
 public:
  explicit Shortage(std::size_t most) noexcept { largest = most; }
  ~Shortage() { largest = static_cast<std::size_t>(-1); }
  Shortage(const Shortage&) = delete;  // there is one memory
  Shortage& operator=(const Shortage&) = delete;

  static inline constinit thread_local std::size_t largest = static_cast<std::size_t>(-1);
};

}  // namespace allocations
