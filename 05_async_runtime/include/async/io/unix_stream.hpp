// Streams between processes on one machine [unix(7)]. Reading and writing: see stream.hpp;
// accepting: see listener.hpp.
//
//   auto listener = async::UnixListener::bind(*epoll::UnixAddress::parse("/run/app.sock"));
//   auto stream = co_await async::UnixStream::connect(*epoll::UnixAddress::parse("/run/app.sock"));
#pragma once

#include "async/io/listener.hpp"
#include "async/io/stream.hpp"
#include "epoll/unix_address.hpp"
#include "epoll/unix_listener.hpp"
#include "epoll/unix_stream.hpp"
#include "syscall/result.hpp"

namespace async {

class UnixStream : public Stream<epoll::UnixStream> {
 public:
  using Stream::Stream;

  // Connects; errors as of epoll::UnixStream::connect. If the listener's queue is full, that call
  // fails with EAGAIN, and nothing reports when there is room; here it is retried a little later.
  [[nodiscard]] static Task<sys::Result<UnixStream>> connect(epoll::UnixAddress address) {
    while (true) {
      auto socket = epoll::UnixStream::connect(address);
      if (socket) co_return UnixStream(std::move(*socket));
      if (!sys::would_block(socket.error())) co_return sys::failure(socket.error());
      auto slept = co_await sleep_for(kAcceptPause);
      if (!slept) co_return sys::failure(slept.error());
    }
  }

  // Two streams that are connected with each other.
  [[nodiscard]] static sys::Result<std::pair<UnixStream, UnixStream>> pair() {
    auto sockets = epoll::UnixStream::pair();
    SYS_TRY(sockets);
    return std::pair(UnixStream(std::move(sockets->first)), UnixStream(std::move(sockets->second)));
  }

  // For Listener.
  [[nodiscard]] static sys::Result<UnixStream> accept_from(epoll::UnixListener& listener) {
    return sys::Result<UnixStream>(listener.accept());
  }
};

class UnixListener : public Listener<epoll::UnixListener, UnixStream> {
 public:
  using Listener::Listener;

  // A listener that is already bound and listening; see epoll::UnixListener::bind.
  [[nodiscard]] static sys::Result<UnixListener> bind(const epoll::UnixAddress& address) {
    return sys::Result<UnixListener>(epoll::UnixListener::bind(address));
  }
};

}  // namespace async
