// One bound for the memory of many connections.
//
// A bound for each connection does not bound a server: 10,000 clients that may cost 64 MiB each may
// cost 640 GB together. So all sessions of a server account for their buffers with one budget.
// While it is used up, a request that has a body is refused with 503 [RFC 9110 15.6.4], and its
// connection gives its memory back; requests without a body continue, since they need next to none.
//
// Not thread-safe: a server with several threads has one budget for each of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace http {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit = std::numeric_limits<std::size_t>::max()) noexcept
      : limit_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;  // shares hold its address
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  [[nodiscard]] std::size_t used() const noexcept { return used_; }  // bytes, of all shares
  // Whether this many more bytes may be used.
  [[nodiscard]] bool allows(std::size_t more) const noexcept {
    return used_ <= limit_ && more <= limit_ - used_;
  }

 private:
  friend class MemoryShare;
  std::size_t limit_;
  std::size_t used_ = 0;
};

// The part of the budget that one connection uses; returned when the share is destroyed.
class MemoryShare {
 public:
  // Without a budget the share accounts for nothing. `budget` is not owned and must outlive the
  // share.
  explicit MemoryShare(MemoryBudget* budget = nullptr) noexcept : budget_(budget) {}
  MemoryShare(MemoryShare&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryShare& operator=(MemoryShare&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryShare() { set(0); }

  // The connection now holds this many bytes, even if they are more than the budget allows.
  void set(std::size_t bytes) noexcept {
    if (budget_ != nullptr) budget_->used_ += bytes - std::exchange(bytes_, bytes);
  }
  [[nodiscard]] bool allows(std::size_t more) const noexcept {
    return budget_ == nullptr || budget_->allows(more);
  }

 private:
  MemoryBudget* budget_;
  std::size_t bytes_ = 0;
};

}  // namespace http
