#include "epoll/raw.hpp"

#include <unistd.h>

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {

sys::Result<int> epoll_create() {
  // #region 2.1 epoll_create
  return sys::call<::epoll_create1>(EPOLL_CLOEXEC);
  // #endregion 2.1
}

sys::Result<> add_interest(int epoll_fd, int fd, epoll_event event) {
  // #region 2.2 add_interest
  return sys::without_value(sys::call<::epoll_ctl>(epoll_fd, EPOLL_CTL_ADD, fd, &event));
  // #endregion 2.2
}

// #region modify-and-remove
sys::Result<> modify_interest(int epoll_fd, int fd, epoll_event event) {
  return sys::without_value(sys::call<::epoll_ctl>(epoll_fd, EPOLL_CTL_MOD, fd, &event));
}

sys::Result<> remove_interest(int epoll_fd, int fd) {
  // The event is ignored, and null is allowed since Linux 2.6.9 [epoll_ctl(2), BUGS].
  epoll_event* const none = nullptr;
  return sys::without_value(sys::call<::epoll_ctl>(epoll_fd, EPOLL_CTL_DEL, fd, none));
}
// #endregion modify-and-remove

void close(int fd) {
  // #region raw.close
  (void)sys::call<::close>(fd);
  // #endregion raw.close
}

epoll_event listener_read_event(Key key) {
  epoll_event event{};
  event.events = kReadFlags;
  event.data.u64 = key;
  return event;
}

epoll_event listener_write_event(Key key) {
  epoll_event event{};
  event.events = kWriteFlags;
  event.data.u64 = key;
  return event;
}

}  // namespace epoll
