// What TCP, UDP and Unix sockets have in common: creation and options [socket(2), socket(7)].
#pragma once

#include <sys/socket.h>

#include "epoll/unique_fd.hpp"
#include "syscall/call.hpp"

namespace epoll {

// A socket that does not block and that no child inherits; `type` is SOCK_STREAM or SOCK_DGRAM. It
// has an owner from the first moment, so it does not leak when a later step fails.
[[nodiscard]] inline sys::Result<UniqueFd> make_socket(int family, int type) {
  auto fd = sys::call<::socket>(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  SYS_TRY(fd);
  return UniqueFd(*fd);
}

// Two connected Unix sockets, for tests and for communication inside one process [socketpair(2)].
[[nodiscard]] sys::Result<std::pair<UniqueFd, UniqueFd>> make_socket_pair(int type);

// An option whose value is a number: set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1).
[[nodiscard]] inline sys::Result<> set_option(int fd, int level, int name, int value) {
  const void* const raw = &value;
  return sys::without_value(
      sys::call<::setsockopt>(fd, level, name, raw, static_cast<socklen_t>(sizeof value)));
}
[[nodiscard]] inline sys::Result<int> get_option(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  void* const raw = &value;
  SYS_TRY(sys::call<::getsockopt>(fd, level, name, raw, &length));
  return value;
}

}  // namespace epoll
