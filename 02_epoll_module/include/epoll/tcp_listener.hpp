// A listener for TCP clients [listen(2), accept4(2)].
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "epoll/socket_address.hpp"
#include "epoll/tcp_stream.hpp"
#include "epoll/unique_fd.hpp"

namespace epoll {

struct ListenOptions {
  // Lets a server start again at once, although connections of its last run are still in TIME_WAIT.
  bool reuse_address = true;
  // Accepted streams send each write at once (TCP_NODELAY; see TcpStream::set_no_delay). They
  // inherit the option from the listener, so it costs one call in all and none for a client.
  bool no_delay = true;
  // How many clients the kernel lets in before we accept them. A short queue drops their first
  // packet, and they come back a second later.
  int backlog = SOMAXCONN;
};

class TcpListener {
 public:
  struct Accepted {
    TcpStream stream;
    SocketAddress peer;
  };

  // Bound and listening. Port 0 lets the kernel choose one; local_address() tells which. EADDRINUSE
  // if it is taken, EACCES for a port below 1024 without the right to it.
  [[nodiscard]] static sys::Result<TcpListener> bind(const SocketAddress& address,
                                                     const ListenOptions& options = {});

  // `count` listeners (1 or more) on one port, one for each thread; the kernel spreads the clients
  // over them [socket(7), SO_REUSEPORT]. The option alone would let every process of this user join
  // the group, and a server that was started twice would share its clients with its double. So the
  // first socket is bound without the option: EADDRINUSE if the port has an owner, a group too.
  [[nodiscard]] static sys::Result<std::vector<TcpListener>> bind_group(
      const SocketAddress& address, std::size_t count, const ListenOptions& options = {});

  // Takes over a socket that listens already, as a service manager passes it (activation.hpp); of `options`
  // only no_delay counts. Makes it non-blocking, for every process that has it. ENOTSOCK if it is none,
  // EINVAL if it does not listen for TCP clients.
  [[nodiscard]] static sys::Result<TcpListener> adopt(UniqueFd fd,
                                                      const ListenOptions& options = {});
  // Another descriptor of the same queue, for another thread: each client comes to one of the two.
  [[nodiscard]] sys::Result<TcpListener> duplicate() const;

  // The next client, without waiting; would_block if the queue is empty. Most other errors are no
  // reason to stop listening: accept_error.hpp tells them apart.
  [[nodiscard]] sys::Result<Accepted> accept();

  [[nodiscard]] sys::Result<SocketAddress> local_address() const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit TcpListener(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
