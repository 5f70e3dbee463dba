#include "epoll/waker.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {

sys::Result<Waker> Waker::create() {
  auto fd = sys::call<::eventfd>(0u, static_cast<int>(EFD_NONBLOCK | EFD_CLOEXEC));
  SYS_TRY(fd);
  return Waker(UniqueFd(*fd));
}

void Waker::wake() const noexcept {
  // #region 2.14 wake
  const int errno_before = errno;
  const std::uint64_t one = 1;
  const void* const bytes = &one;
  (void)sys::call_uninterrupted<::write>(fd_.get(), bytes, sizeof one);
  errno = errno_before;
  // #endregion 2.14
}

bool Waker::drain() const noexcept {
  std::uint64_t count = 0;
  void* const bytes = &count;
  return sys::call_uninterrupted<::read>(fd_.get(), bytes, sizeof count).has_value();
}

}  // namespace epoll
