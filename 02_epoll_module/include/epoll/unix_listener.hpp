// A door for clients of this machine [unix(7), listen(2), accept4(2)].
#pragma once

#include <sys/socket.h>

#include <utility>

#include "epoll/socket_file.hpp"
#include "epoll/unique_fd.hpp"
#include "epoll/unix_address.hpp"
#include "epoll/unix_stream.hpp"

namespace epoll {

class UnixListener {
 public:
  // Bound and listening; `backlog` clients may wait before they are accepted. A path becomes a file,
  // which the listener owns and unlinks when it goes (see socket_file.hpp); the umask decides who may
  // write to it, and so who may connect. An unnamed address lets the kernel choose an abstract name;
  // local_address() tells which. EADDRINUSE if somebody has the name, or there is a file of this
  // path, be it one that a crash has left.
  [[nodiscard]] static sys::Result<UnixListener> bind(const UnixAddress& address,
                                                      int backlog = SOMAXCONN);

  // The next client, without waiting; it does not block, and no child inherits it. would_block if
  // nobody is there: wait until the listener is readable. EMFILE, ENFILE, ENOBUFS, ENOMEM: no room
  // for it. It stays in the queue, and the listener stays readable: trying again at once is a busy
  // loop.
  [[nodiscard]] sys::Result<UnixStream> accept();

  [[nodiscard]] sys::Result<UnixAddress> local_address() const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  UnixListener(UniqueFd fd, SocketFile file) noexcept
      : fd_(std::move(fd)), file_(std::move(file)) {}
  UniqueFd fd_;
  SocketFile file_;  // goes first: who comes now finds nothing, rather than a door that is closing
};

}  // namespace epoll
