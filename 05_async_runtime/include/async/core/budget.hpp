// How many more operations a task may complete before other tasks get their turn.
//
// A task whose operations never need to wait would otherwise monopolise the thread. Once the budget
// is spent, the task continues in a later turn, behind the tasks that are ready.
#pragma once

#include <algorithm>
#include <cstddef>

namespace async {

class Budget {
 public:
  // Called when the task is resumed. The value is large enough that a message is seldom split
  // across turns, and small enough that other tasks do not wait long.
  void renew() noexcept { left_ = 128; }
  // Charges one operation; false if nothing is left.
  [[nodiscard]] bool consume() noexcept {
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  // Charges the bytes that an operation has moved: a large operation counts as several. Otherwise a
  // download in pieces of 64 KiB would hold the thread sixteen times as long as one in pieces of 4
  // KiB.
  void charge(std::size_t bytes) noexcept { left_ -= std::min(left_, bytes / kBytesAnOperation); }

 private:
  static constexpr std::size_t kBytesAnOperation = 4096;
  std::size_t left_ = 0;
};

}  // namespace async
