// A point in time as something to read [timerfd_create(2)].
//
//   auto timer = epoll::Timer::create();
//   timer->set_after(std::chrono::milliseconds(50));
//   poll.add(timer->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   auto times = timer->read();
//
// It counts on CLOCK_MONOTONIC, the clock of std::chrono::steady_clock, which cannot be set. It
// comes never too early, and as late as the machine is busy.
//
// One descriptor a timer is fine for a few. A server with ten thousand deadlines sorts them itself
// and gives the nearest one to the wait.
#pragma once

#include <cstdint>
#include <utility>

#include "epoll/deadline.hpp"
#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

class Timer {
 public:
  // A timer that is not set.
  [[nodiscard]] static sys::Result<Timer> create();

  // Each of these three replaces what was set before, and forgets what was not read yet.

  // Expires once, when `delay` is over; at once if it is 0 or less.
  [[nodiscard]] sys::Result<> set_after(AnyDuration delay);

  // Expires each time `interval` is over, first after one interval. Reckoned from now, not from when
  // you read: being late once delays none of the others. EINVAL for 0 or less.
  [[nodiscard]] sys::Result<> set_every(AnyDuration interval);

  // Expires no more.
  [[nodiscard]] sys::Result<> cancel();

  // How often it has expired since the last read, at least 1; would_block if it has not.
  [[nodiscard]] sys::Result<std::uint64_t> read();

  // Readable from the expiration on, until read() or a new setting.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit Timer(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
