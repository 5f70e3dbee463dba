// Datagrams over IP [udp(7)].
//
//   auto socket = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0));
//   poll.add(socket->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   while (auto message = socket->receive_from(buffer)) answer(message->from, message->size);
//
// Nothing is promised on the way: a message may be lost, doubled or overtaken. Even one that is in
// our own queue can turn out to be damaged when it is read, and the call says would_block although
// the socket was readable [select(2), BUGS].
#pragma once

#include "epoll/datagram_socket.hpp"
#include "epoll/socket_address.hpp"

namespace epoll {

class UdpSocket : public DatagramSocket {
 public:
  // Receives what is sent to this address; port 0 lets the kernel choose one, and local_address()
  // tells which. A socket that only sends binds SocketAddress::any(0). EADDRINUSE if the port is
  // taken.
  [[nodiscard]] static sys::Result<UdpSocket> bind(const SocketAddress& address);

  // From now on `send` goes to `peer`, and only what comes from there is received. Nothing is sent,
  // so whether the port is open shows later: ECONNREFUSED from a send or receive after a message
  // to a closed one. A socket that is not connected is never told.
  [[nodiscard]] sys::Result<> connect(const SocketAddress& peer) const;

  // Up to 65,507 bytes over IPv4 (EMSGSIZE); more than about 1,200 may be cut up on the way, and are
  // lost when any of the pieces is.
  [[nodiscard]] sys::Result<> send_to(std::span<const std::byte> message,
                                      const SocketAddress& to) const;

  // The next message and its sender.
  [[nodiscard]] sys::Result<DatagramFrom<SocketAddress>> receive_from(
      std::span<std::byte> buffer) const;

  [[nodiscard]] sys::Result<SocketAddress> local_address() const;

 private:
  using DatagramSocket::DatagramSocket;
};

}  // namespace epoll
