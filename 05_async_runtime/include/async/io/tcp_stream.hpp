// One TCP connection [tcp(7)]. Reading and writing: see stream.hpp.
//
//   auto stream = co_await async::TcpStream::connect(*epoll::SocketAddress::parse("127.0.0.1:80"));
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "async/core/task.hpp"
#include "async/io/stream.hpp"
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
  // To the first of several addresses that answers [RFC 8305, "Happy Eyeballs"]: each has a start of
  // kAttemptDelay on the next one, none if it fails, and the families take turns. So an address that
  // answers nothing at all costs a quarter of a second, and not the whole patience. If all fail, the
  // error is that of the last one; EINVAL without an address.
  static constexpr std::chrono::milliseconds kAttemptDelay{250};
  [[nodiscard]] static Task<sys::Result<TcpStream>> connect_any(
      std::vector<epoll::SocketAddress> addresses);
  // By name: looks it up, in a thread of its own, and connects to any of its addresses. Errors also as
  // of epoll::resolve.
  [[nodiscard]] static Task<sys::Result<TcpStream>> connect(std::string host, std::uint16_t port);
};

}  // namespace async
