// Sockets that a service manager has opened for this process [sd_listen_fds(3)].
//
// systemd binds a port, listens on it, and starts the server with the socket as descriptor 3, the
// next socket as 4. The manager keeps the sockets open: clients wait in their queues while the
// server is restarted, and none of them is refused. Three environment variables describe the
// sockets:
//
//   LISTEN_PID       the process that they are for; every other process ignores them
//   LISTEN_FDS       how many there are
//   LISTEN_FDNAMES   their names, separated by colons [systemd.socket(5), FileDescriptorName=]; if
//                    the variable is missing, each name is "unknown"
//
// TcpListener::adopt makes a listener of such a socket.
#pragma once

#include <string>
#include <vector>

#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

struct PassedSocket {
  std::string name;
  UniqueFd fd;
};

// Takes the sockets over, once: children inherit neither the descriptors (close-on-exec) nor the
// variables. The result is empty if there are no sockets for this process. EINVAL if the variables
// are malformed, EBADF if a descriptor is not open. Call it before any other thread is started,
// because it changes the environment.
[[nodiscard]] sys::Result<std::vector<PassedSocket>> take_passed_sockets();

}  // namespace epoll
