// One TCP connection [tcp(7)]. Reading and writing: see stream.hpp.
//
//   auto stream = co_await async::TcpStream::connect(*epoll::SocketAddress::parse("127.0.0.1:80"));
#pragma once

#include "async/core/task.hpp"
#include "async/io/stream.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/tcp_stream.hpp"

namespace async {

class TcpStream : public Stream<epoll::TcpStream> {
 public:
  using Stream::Stream;

  // Closes the stream now and aborts the connection, so that the peer's read fails with ECONNRESET
  // instead of reporting the end of the stream. Operations that wait for the stream complete with
  // EBADF.
  void abort() noexcept;

  // For Listener.
  [[nodiscard]] static sys::Result<TcpStream> accept_from(epoll::TcpListener& listener);

  // Connects, and waits until the outcome is known. Errors as of connect(2): ECONNREFUSED if no
  // socket listens there, ETIMEDOUT if no answer comes. For a shorter limit use `timeout`.
  [[nodiscard]] static Task<sys::Result<TcpStream>> connect(epoll::SocketAddress address,
                                                            epoll::ConnectOptions options = {});
};

}  // namespace async
