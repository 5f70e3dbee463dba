// One TCP connection [tcp(7)]. Reading and writing: see stream.hpp.
//
//   auto stream = co_await async::TcpStream::connect(*epoll::SocketAddress::parse("127.0.0.1:80"));
#pragma once

#include <cstdint>
#include <string>

#include "async/stream.hpp"
#include "async/task.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/tcp_stream.hpp"

namespace async {

class TcpStream : public Stream<epoll::TcpStream> {
 public:
  using Stream::Stream;

  // Closes it now and breaks the connection off, so that the peer reads ECONNRESET and no end.
  // Operations that wait for the stream complete with EBADF.
  void abort() noexcept;

  // For Listener.
  [[nodiscard]] static sys::Result<TcpStream> accept_from(epoll::TcpListener& listener);

  // Connects, and waits until the outcome is known. Errors as of connect(2): ECONNREFUSED if nobody
  // listens, ETIMEDOUT if nobody answers; a limit of your own comes from `timeout`.
  [[nodiscard]] static Task<sys::Result<TcpStream>> connect(epoll::SocketAddress address,
                                                            epoll::ConnectOptions options = {});
  // By name: looks it up, in a thread of its own, and tries the addresses in order. Errors also as
  // of epoll::resolve; if several addresses fail, that of the last one.
  [[nodiscard]] static Task<sys::Result<TcpStream>> connect(std::string host, std::uint16_t port);
};

}  // namespace async
