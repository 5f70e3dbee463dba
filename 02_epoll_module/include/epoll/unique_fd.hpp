// One descriptor, one owner.
//
// A descriptor is a small number that the kernel reuses as soon as it is free. Closing it twice
// therefore does not fail: it closes the file that got the number in between, another client's
// socket for instance. So exactly one object may ever close a descriptor: its UniqueFd.
#pragma once

#include <utility>

namespace epoll {

class UniqueFd {
 public:
  UniqueFd() noexcept = default;                   // owns nothing
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}  // from here on, fd is closed by this object
  ~UniqueFd() { reset(); }

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  // Two owners would close the descriptor twice.
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  // The descriptor, for a system call. It stays owned; -1 if nothing is owned.
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

  // Releases the descriptor: the caller now has to close it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  // Closes the descriptor that is owned, if any, and owns `fd` from now on. close(2) may report an
  // error, EINTR included, but the number is free in every case, so close is not called again. If
  // `fd` is the number that is owned already, it stays open and owned.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace epoll
