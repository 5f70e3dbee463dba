// Sockets that a service manager has opened for this process [sd_listen_fds(3)].
//
// systemd binds a port, listens there, and starts the server with the socket as descriptor 3, the next
// one as 4. The manager keeps the sockets open: clients wait in their queues while the server is started
// again, and none of them is refused. Three variables of the environment describe them:
//
//   LISTEN_PID       the process that they are for; any other one ignores them
//   LISTEN_FDS       how many there are
//   LISTEN_FDNAMES   their names with colons in between [systemd.socket(5), FileDescriptorName=]; may be
//                    missing, and each is "unknown" then
//
// What a listener is made of one: TcpListener::adopt.
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

// Takes them over, once: children inherit neither the descriptors (close-on-exec) nor the variables. Empty
// if there are none for this process. EINVAL for variables that make no sense, EBADF for a descriptor that
// is not open. To be called before there are other threads: it changes the environment.
[[nodiscard]] sys::Result<std::vector<PassedSocket>> take_passed_sockets();

}  // namespace epoll
