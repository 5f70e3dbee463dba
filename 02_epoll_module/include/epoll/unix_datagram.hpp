// Datagrams between processes on this machine [unix(7)].
//
// Unlike with UDP, nothing is lost and the order is kept: when the receiver has no room, a send
// gives would_block. An unconnected socket counts as writable even then, since the receiver of its
// next message is not yet known; only a connected socket becomes writable when its peer has room.
#pragma once

#include <utility>

#include "epoll/datagram_socket.hpp"
#include "epoll/socket_file.hpp"
#include "epoll/unix_address.hpp"

namespace epoll {

class UnixDatagram : public DatagramSocket {
 public:
  // Receives what is sent to this address. Binding to a path creates a file, which the socket owns
  // and unlinks when it is destroyed (see socket_file.hpp); an unnamed address lets the kernel
  // choose an abstract name. EADDRINUSE if the name is taken, or a file with this path exists.
  [[nodiscard]] static sys::Result<UnixDatagram> bind(const UnixAddress& address);

  // Can send, but cannot be answered.
  [[nodiscard]] static sys::Result<UnixDatagram> unbound();

  // Two sockets that are connected to each other [socketpair(2)].
  [[nodiscard]] static sys::Result<std::pair<UnixDatagram, UnixDatagram>> pair();

  // From now on `send` goes to `peer`, and only messages from there are received. ECONNREFUSED if
  // the file has no socket any more, ENOENT if there is no such path.
  [[nodiscard]] sys::Result<> connect(const UnixAddress& peer) const;

  // ECONNREFUSED and ENOENT as above; EMSGSIZE if the message is longer than SO_SNDBUF allows.
  [[nodiscard]] sys::Result<> send_to(std::span<const std::byte> message,
                                      const UnixAddress& to) const;

  // The next message and the address of its sender, which is unnamed if the sender was never bound.
  [[nodiscard]] sys::Result<DatagramFrom<UnixAddress>> receive_from(
      std::span<std::byte> buffer) const;

  [[nodiscard]] sys::Result<UnixAddress> local_address() const;

 private:
  explicit UnixDatagram(UniqueFd fd, SocketFile file = {}) noexcept
      : DatagramSocket(std::move(fd)), file_(std::move(file)) {}
  SocketFile file_;
};

}  // namespace epoll
