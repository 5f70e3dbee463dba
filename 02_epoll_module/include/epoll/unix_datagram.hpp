// Datagrams between processes of this machine [unix(7)].
//
// Unlike UDP, nothing is lost and the order is kept: where the receiver has no room, the sender is
// told would_block. An unconnected socket counts as writable all the same, since the receiver of
// the message is for is not known yet; only one that is connected becomes writable when its peer
// has room.
#pragma once

#include <utility>

#include "epoll/datagram_socket.hpp"
#include "epoll/socket_file.hpp"
#include "epoll/unix_address.hpp"

namespace epoll {

class UnixDatagram : public DatagramSocket {
 public:
  // Receives what is sent to this address. A path becomes a file, which the socket owns and unlinks
  // when it goes (see socket_file.hpp); an unnamed address lets the kernel choose an abstract name.
  // EADDRINUSE if the name is taken, or there is a file of this path.
  [[nodiscard]] static sys::Result<UnixDatagram> bind(const UnixAddress& address);

  // Can send, but cannot be answered.
  [[nodiscard]] static sys::Result<UnixDatagram> unbound();

  // Two that are connected to each other [socketpair(2)].
  [[nodiscard]] static sys::Result<std::pair<UnixDatagram, UnixDatagram>> pair();

  // From now on `send` goes to `peer`, and only what comes from there is received. ECONNREFUSED if
  // the file has no socket any more, ENOENT if there is no such path.
  [[nodiscard]] sys::Result<> connect(const UnixAddress& peer) const;

  // ECONNREFUSED and ENOENT as above; EMSGSIZE if it is longer than our SO_SNDBUF allows.
  [[nodiscard]] sys::Result<> send_to(std::span<const std::byte> message,
                                      const UnixAddress& to) const;

  // The next message and its sender, which is unnamed if it was never bound.
  [[nodiscard]] sys::Result<DatagramFrom<UnixAddress>> receive_from(
      std::span<std::byte> buffer) const;

  [[nodiscard]] sys::Result<UnixAddress> local_address() const;

 private:
  explicit UnixDatagram(UniqueFd fd, SocketFile file = {}) noexcept
      : DatagramSocket(std::move(fd)), file_(std::move(file)) {}
  SocketFile file_;
};

}  // namespace epoll
