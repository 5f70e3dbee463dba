// Which events are reported for a descriptor, and how often [epoll_ctl(2)].
#pragma once

#include <sys/epoll.h>

#include <cstdint>

namespace epoll {

// The readiness to report. EPOLLERR and EPOLLHUP are always reported, requested or not.
class Interest {
 public:
  // Bytes to read, a client to accept, or the end of what the peer sends (EPOLLIN | EPOLLRDHUP).
  [[nodiscard]] static constexpr Interest read() noexcept {
    return Interest(EPOLLIN | static_cast<std::uint32_t>(EPOLLRDHUP));
  }
  // Room to write, or the outcome of a connect (EPOLLOUT).
  [[nodiscard]] static constexpr Interest write() noexcept { return Interest(EPOLLOUT); }
  [[nodiscard]] static constexpr Interest both() noexcept { return read() | write(); }
  // A byte that was sent out of band (EPOLLPRI).
  [[nodiscard]] static constexpr Interest urgent() noexcept { return Interest(EPOLLPRI); }
  // Nothing but errors and hang-up.
  [[nodiscard]] static constexpr Interest none() noexcept { return Interest(0); }

  [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }

  friend constexpr Interest operator|(Interest a, Interest b) noexcept {
    return Interest(a.bits_ | b.bits_);
  }
  friend constexpr bool operator==(Interest, Interest) noexcept = default;

 private:
  explicit constexpr Interest(std::uint32_t bits) noexcept : bits_(bits) {}
  std::uint32_t bits_;
};

enum class Trigger {
  level,    // reported at every wait, for as long as it is ready
  edge,     // reported when more arrives: use it until EAGAIN, or the rest is never reported
  oneshot,  // reported once; then not again until Poll::modify
};

}  // namespace epoll
