// A listener for clients on this machine [unix(7), listen(2), accept4(2)].
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
  // A listener, bound and listening; `backlog` clients may wait before they are accepted. Binding
  // to a path creates a file, which the listener owns and unlinks when it is destroyed (see
  // socket_file.hpp); the umask decides which users may write to it, and so may connect. An unnamed
  // address lets the kernel choose an abstract name, which local_address() returns. EADDRINUSE if
  // the name is taken, or a file with this path exists, even one that a crash has left.
  [[nodiscard]] static sys::Result<UnixListener> bind(const UnixAddress& address,
                                                      int backlog = SOMAXCONN);

  // The next client, without waiting; would_block if the queue is empty. The stream does not block,
  // and no child inherits it. For other errors see accept_error.hpp.
  [[nodiscard]] sys::Result<UnixStream> accept();

  [[nodiscard]] sys::Result<UnixAddress> local_address() const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  UnixListener(UniqueFd fd, SocketFile file) noexcept
      : fd_(std::move(fd)), file_(std::move(file)) {}
  UniqueFd fd_;
  SocketFile file_;  // destroyed first: a late client finds no file, not a closing listener
};

}  // namespace epoll
