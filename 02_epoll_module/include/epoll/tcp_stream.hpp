// One TCP connection [tcp(7)].
//
//   auto stream = epoll::TcpStream::connect(*epoll::SocketAddress::parse("127.0.0.1:80"));
//   poll.add(stream->fd(), token, epoll::Interest::write(), epoll::Trigger::level);
//   ... once writable:
//   if (auto connected = stream->take_error(); !connected) report(connected.error());
#pragma once

#include "epoll/socket_address.hpp"
#include "epoll/stream_socket.hpp"

namespace epoll {

class TcpStream : public StreamSocket {
 public:
  // Starts to connect, without waiting. The stream becomes writable when the outcome is known, and
  // take_error() tells it. An error here means that it could not even start.
  [[nodiscard]] static sys::Result<TcpStream> connect(const SocketAddress& address);

  // Takes over a connected stream socket that does not block: from accept4, or one end of a
  // socketpair in a test.
  [[nodiscard]] static TcpStream adopt(UniqueFd fd) noexcept { return TcpStream(std::move(fd)); }

  // Sends small pieces at once instead of collecting them (Nagle's algorithm off). For whoever
  // writes whole messages with one call, which this workbook does [tcp(7), TCP_NODELAY].
  [[nodiscard]] sys::Result<> set_no_delay(bool on) const;

  [[nodiscard]] sys::Result<SocketAddress> local_address() const;
  [[nodiscard]] sys::Result<SocketAddress> peer_address() const;  // ENOTCONN until connected

 private:
  using StreamSocket::StreamSocket;
};

// The address that a socket is bound to [getsockname(2)].
[[nodiscard]] sys::Result<SocketAddress> local_address_of(int fd);

}  // namespace epoll
