// A listening TCP socket [listen(2), accept4(2)]. Accepting: see listener.hpp.
//
//   auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(8080));
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "async/io/listener.hpp"
#include "async/io/tcp_stream.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/result.hpp"

namespace async {

class TcpListener : public Listener<epoll::TcpListener, TcpStream> {
 public:
  using Listener::Listener;

  // A listener that is already bound and listening; see epoll::TcpListener::bind for options and
  // errors.
  [[nodiscard]] static sys::Result<TcpListener> bind(const epoll::SocketAddress& address,
                                                     const epoll::ListenOptions& options = {}) {
    return sys::Result<TcpListener>(epoll::TcpListener::bind(address, options));
  }
  // One listener for each of `count` threads, all on one port; see epoll::TcpListener::bind_group.
  [[nodiscard]] static sys::Result<std::vector<TcpListener>> bind_group(
      const epoll::SocketAddress& address, std::size_t count,
      const epoll::ListenOptions& options = {}) {
    auto listeners = epoll::TcpListener::bind_group(address, count, options);
    SYS_TRY(listeners);
    return std::vector<TcpListener>(std::move_iterator(listeners->begin()),
                                    std::move_iterator(listeners->end()));
  }
};

}  // namespace async
