// A listener for clients of this machine [unix(7), listen(2), accept4(2)].
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
  // which the listener owns and unlinks when it goes (see socket_file.hpp); the umask decides which
  // users may write to it, and so may connect. An unnamed address lets the kernel choose an abstract
  // name; local_address() tells which. EADDRINUSE if the name is taken, or there is a file of this
  // path, be it one that a crash has left.
  [[nodiscard]] static sys::Result<UnixListener> bind(const UnixAddress& address,
                                                      int backlog = SOMAXCONN);

  // The next client, without waiting; it does not block, and no child inherits it. would_block if
  // the queue is empty; accept_error.hpp tells the other errors apart.
  [[nodiscard]] sys::Result<UnixStream> accept();

  [[nodiscard]] sys::Result<UnixAddress> local_address() const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  UnixListener(UniqueFd fd, SocketFile file) noexcept
      : fd_(std::move(fd)), file_(std::move(file)) {}
  UniqueFd fd_;
  SocketFile
      file_;  // goes first: a late client finds nothing, rather than a listener that is closing
};

}  // namespace epoll
