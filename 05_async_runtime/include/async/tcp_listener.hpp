// A door for TCP clients [listen(2), accept4(2)]. Accepting: see listener.hpp.
//
//   auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(8080));
#pragma once

#include "async/listener.hpp"
#include "async/tcp_stream.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"

namespace async {

class TcpListener : public Listener<epoll::TcpListener, TcpStream> {
 public:
  using Listener::Listener;

  // Bound and listening, at once; see epoll::TcpListener::bind for options and errors.
  [[nodiscard]] static sys::Result<TcpListener> bind(const epoll::SocketAddress& address,
                                                     const epoll::ListenOptions& options = {}) {
    auto listener = epoll::TcpListener::bind(address, options);
    if (!listener) return sys::failure(listener.error());
    return TcpListener(std::move(*listener));
  }
};

}  // namespace async
