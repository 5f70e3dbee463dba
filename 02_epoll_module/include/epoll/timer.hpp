// A point in time as a descriptor to wait for [timerfd_create(2)].
//
//   auto timer = epoll::Timer::create();
//   timer->set_after(std::chrono::milliseconds(50));
//   poll.add(timer->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   auto times = timer->read();
//
// It counts on CLOCK_MONOTONIC, the clock of std::chrono::steady_clock, which cannot be set. It
// never expires early; how late it is reported depends on how busy the machine is.
//
// One descriptor per timer is fine for a few timers. A server with ten thousand deadlines sorts
// them itself and passes the nearest one to the wait as its timeout.
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

  // Each of these three replaces the previous setting, and discards expirations that were not read
  // yet.

  // Expires once, after `delay`; at once if that is 0 or less.
  [[nodiscard]] sys::Result<> set_after(AnyDuration delay);

  // Expires repeatedly, for the first time after one interval. The times are counted from this
  // call, not from when you read: a late read delays none of the later ones. EINVAL for 0 or less.
  [[nodiscard]] sys::Result<> set_every(AnyDuration interval);

  // Disarms the timer.
  [[nodiscard]] sys::Result<> cancel();

  // How often the timer has expired since the last read, at least 1; would_block if it has not.
  [[nodiscard]] sys::Result<std::uint64_t> read();

  // Readable from the expiration on, until read() or a new setting.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit Timer(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
