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
  // Lets a server restart at once, although connections of its previous run are still in TIME_WAIT.
  bool reuse_address = true;
  // Accepted streams send each write at once (TCP_NODELAY; see TcpStream::set_no_delay). They
  // inherit the option from the listener, so it costs one call in all, and none per client.
  bool no_delay = true;
  // How many connections the kernel queues before they are accepted. If the queue is short, the
  // first packet of further clients is dropped, and they try again a second later.
  int backlog = SOMAXCONN;
};

class TcpListener {
 public:
  struct Accepted {
    TcpStream stream;
    SocketAddress peer;
  };

  // A listener, bound and listening. Port 0 lets the kernel choose a port, which local_address()
  // returns. EADDRINUSE if the port is taken, EACCES for a port below 1024 without the privilege to
  // bind it.
  [[nodiscard]] static sys::Result<TcpListener> bind(const SocketAddress& address,
                                                     const ListenOptions& options = {});

  // `count` listeners (1 or more) on one port, one for each thread; the kernel distributes the
  // clients among them [socket(7), SO_REUSEPORT]. The option alone would let every process of this
  // user join the group, so that a server that was started twice would share its clients with its
  // double. The first socket is therefore bound without the option: EADDRINUSE if the port is
  // taken, even by a group.
  [[nodiscard]] static sys::Result<std::vector<TcpListener>> bind_group(
      const SocketAddress& address, std::size_t count, const ListenOptions& options = {});

  // Takes over a socket that listens already, as a service manager passes it (activation.hpp); only
  // no_delay of `options` has an effect. Makes the socket non-blocking, for every process that has
  // it. ENOTSOCK if it is not a socket, EINVAL if it does not listen for TCP clients.
  [[nodiscard]] static sys::Result<TcpListener> adopt(UniqueFd fd,
                                                      const ListenOptions& options = {});
  // Another descriptor of the same queue, for another thread: each client is accepted by one of the
  // two.
  [[nodiscard]] sys::Result<TcpListener> duplicate() const;

  // The next client, without waiting; would_block if the queue is empty. Most other errors are no
  // reason to stop listening: see accept_error.hpp.
  [[nodiscard]] sys::Result<Accepted> accept();

  [[nodiscard]] sys::Result<SocketAddress> local_address() const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit TcpListener(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
