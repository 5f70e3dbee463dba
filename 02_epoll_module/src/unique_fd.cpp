#include "epoll/unique_fd.hpp"

#include "epoll/raw.hpp"
#include "syscall/todo.hpp"

namespace epoll {

void UniqueFd::reset(int fd) noexcept {
  // #region 2.3 reset
  const int old = std::exchange(fd_, fd);
  if (old >= 0 && old != fd) close(old);
  // #endregion 2.3
}

}  // namespace epoll
