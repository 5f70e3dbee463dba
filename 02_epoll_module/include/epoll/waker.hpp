// Ends another thread's wait [eventfd(2)].
//
// An eventfd is a counter in the kernel that is readable while it is not 0. The thread that waits
// registers it like any other descriptor; any other thread may add 1.
#pragma once

#include <utility>

#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

class Waker {
 public:
  [[nodiscard]] static sys::Result<Waker> create();

  // For any thread, and for a signal handler: makes fd() readable, which ends the current wait or,
  // if no thread waits yet, the next one. Never blocks: a full counter (2^64 - 2 unread wake-ups)
  // is readable anyway. Leaves errno unchanged, as a signal handler must.
  void wake() const noexcept;

  // For the thread that waits: consumes all wake-ups so far at once. True if there was any. Drain
  // first and check for work after that, never the other way round, or a wake-up in between is
  // lost.
  bool drain() const noexcept;

  // Readable after wake(), until drain().
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit Waker(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
