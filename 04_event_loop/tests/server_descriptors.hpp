// The server's own descriptors, for tests that want to look at its sockets or set their options: it
// runs in this very process.
#pragma once

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "epoll/socket.hpp"
#include "epoll/tcp_stream.hpp"

namespace event_loop::testing {

// The socket that listens on `address`; -1 if there is none.
inline int listener_of(const epoll::SocketAddress& address) {
  for (int fd = 0; fd < 1024; ++fd) {
    const auto listens = epoll::get_option(fd, SOL_SOCKET, SO_ACCEPTCONN);
    if (listens && *listens == 1 && epoll::local_address_of(fd) == address) return fd;
  }
  return -1;
}

// The server's end of its only connection; -1 if there is none.
inline int connection_of(const epoll::SocketAddress& address) {
  for (int fd = 0; fd < 1024; ++fd) {
    const auto listens = epoll::get_option(fd, SOL_SOCKET, SO_ACCEPTCONN);
    if (listens && *listens == 0 && epoll::local_address_of(fd) == address) return fd;
  }
  return -1;
}

// How many bytes have come and were not read [tcp(7), FIONREAD].
inline std::size_t bytes_waiting(int fd) {
  int count = 0;
  ::ioctl(fd, FIONREAD, &count);
  return static_cast<std::size_t>(count);
}

}  // namespace event_loop::testing
