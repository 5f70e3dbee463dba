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

struct ConnectOptions {
  bool no_delay = true;  // see TcpStream::set_no_delay
};

class TcpStream : public StreamSocket {
 public:
  // Starts to connect, without waiting. The stream becomes writable when the outcome is known, and
  // take_error() returns it. An error here means that the attempt could not even be started.
  [[nodiscard]] static sys::Result<TcpStream> connect(const SocketAddress& address,
                                                      const ConnectOptions& options = {});

  // Takes over a connected stream socket that does not block: from accept4, or one end of a
  // socketpair in a test.
  [[nodiscard]] static TcpStream adopt(UniqueFd fd) noexcept { return TcpStream(std::move(fd)); }

  // On (the default): each write leaves at once [tcp(7), TCP_NODELAY]. Off: a small piece waits
  // while an earlier one is not acknowledged (Nagle's algorithm), and the peer may delay that
  // acknowledgement by 40 ms. Off pays for a program that writes many tiny pieces and awaits no
  // answer. A program that collects its messages into single writes, as this workbook does, only
  // loses by it.
  [[nodiscard]] sys::Result<> set_no_delay(bool on) const;

  // From here on a close aborts the connection: what was not sent yet is dropped, and the peer
  // reads ECONNRESET where it would have read the end [socket(7), SO_LINGER with a time of 0].
  void break_on_close() const noexcept;

  [[nodiscard]] sys::Result<SocketAddress> local_address() const;
  [[nodiscard]] sys::Result<SocketAddress> peer_address() const;  // ENOTCONN until connected

 private:
  using StreamSocket::StreamSocket;
};

// The address that a socket is bound to [getsockname(2)].
[[nodiscard]] sys::Result<SocketAddress> local_address_of(int fd);

}  // namespace epoll
