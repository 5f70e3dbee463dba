// How many operations a task may still complete before it lets others have their turn.
//
// A task whose operations never need to wait would otherwise keep the thread for itself: once the budget is
// spent, the task goes on in a later turn, behind those that are ready.
#pragma once

#include <algorithm>
#include <cstddef>

namespace async {

class Budget {
 public:
  // The task is resumed. Enough that a message is seldom cut into turns, few enough that others need not wait.
  void renew() noexcept { left_ = 128; }
  // One operation; false if none is left.
  [[nodiscard]] bool consume() noexcept { return left_ != 0 && left_-- != 0; }
  // An operation has moved so many bytes: a large one counts as several. A download in pieces of
  // 64 KiB would otherwise hold the thread sixteen times as long as one in pieces of 4 KiB.
  void charge(std::size_t bytes) noexcept { left_ -= std::min(left_, bytes / kBytesAnOperation); }

 private:
  static constexpr std::size_t kBytesAnOperation = 4096;
  std::size_t left_ = 0;
};

}  // namespace async
