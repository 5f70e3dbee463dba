// A door for TCP clients [listen(2), accept4(2)].
//
//   auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(8080));
//   ...
//   auto incoming = listener->incoming();
//   while (auto stream = co_await incoming.next()) async::spawn(serve(std::move(*stream)));
#pragma once

#include <memory>
#include <utility>

#include "async/io_object.hpp"
#include "async/io_operation.hpp"
#include "async/task.hpp"
#include "async/tcp_stream.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"

namespace async {

class TcpListener {
 public:
  // Bound and listening, at once; see epoll::TcpListener::bind for options and errors.
  [[nodiscard]] static sys::Result<TcpListener> bind(const epoll::SocketAddress& address,
                                                     const epoll::ListenOptions& options = {});
  explicit TcpListener(epoll::TcpListener listener)
      : io_(std::make_shared<Io>(std::move(listener))) {}

  // Result<TcpStream>: the next client. Errors as of epoll::TcpListener::accept, without would_block.
  // Cancelled, it has accepted nobody.
  [[nodiscard]] auto accept() {
    Io* const io = io_.get();
    return io_operation<TcpStream>(io->source, Direction::read, [io] { return accept_one(*io); });
  }

  // All clients, one after the other, whatever happens to single ones.
  class Incoming {
   public:
    // The next client. A client that left before its turn is passed over. Without a free descriptor
    // it waits a while, and tries again: the client stays in the queue of the kernel. Other errors,
    // such as EBADF after `close` and operation_canceled, are the end.
    [[nodiscard]] Task<sys::Result<TcpStream>> next();

   private:
    friend class TcpListener;
    explicit Incoming(TcpListener& listener) noexcept : listener_(&listener) {}
    TcpListener* listener_;
  };
  // The listener has to outlive it.
  [[nodiscard]] Incoming incoming() noexcept { return Incoming(*this); }

  // Closes it now. Whoever waits for a client wakes up with EBADF.
  void close() noexcept { io_->close(); }
  // EBADF if it is closed.
  [[nodiscard]] sys::Result<epoll::SocketAddress> local_address() const;

 private:
  using Io = IoObject<epoll::TcpListener>;
  static sys::Result<TcpStream> accept_one(Io& io);

  std::shared_ptr<Io> io_;
};

}  // namespace async
