// Datagrams over IP [udp(7)].
//
//   auto socket = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0));
//   poll.add(socket->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   while (auto message = socket->receive_from(buffer)) answer(message->from, message->size);
//
// UDP promises nothing about delivery: a message may be lost, duplicated or overtaken. Even a
// message that is in our own queue can turn out to be damaged when it is read, and the call then
// gives would_block although the socket was readable [select(2), BUGS].
#pragma once

#include "epoll/datagram_socket.hpp"
#include "epoll/socket_address.hpp"

namespace epoll {

class UdpSocket : public DatagramSocket {
 public:
  // Receives what is sent to this address. Port 0 lets the kernel choose a port, which
  // local_address() returns. A socket that only sends binds to SocketAddress::any(0). EADDRINUSE if
  // the port is taken.
  [[nodiscard]] static sys::Result<UdpSocket> bind(const SocketAddress& address);

  // From now on `send` goes to `peer`, and only messages from there are received. Connecting sends
  // nothing, so whether the port is open shows only later: after a message to a closed port, a send
  // or receive gives ECONNREFUSED. A socket that is not connected gets no such error.
  [[nodiscard]] sys::Result<> connect(const SocketAddress& peer) const;

  // Up to 65,507 bytes over IPv4 (otherwise EMSGSIZE). A message of more than about 1,200 bytes may
  // be fragmented on the way, and is lost when any of the fragments is.
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
