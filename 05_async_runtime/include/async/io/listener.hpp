// A listening socket for tasks: what TcpListener and UnixListener share.
//
//   auto incoming = listener.incoming();
//   while (auto stream = co_await incoming.next()) async::spawn(serve(std::move(*stream)));
#pragma once

#include <utility>

#include "async/core/sleep.hpp"
#include "async/core/task.hpp"
#include "async/io/io_object.hpp"
#include "async/io/runtime.hpp"
#include "epoll/accept_error.hpp"
#include "syscall/result.hpp"

namespace async {

using epoll::is_resource_exhausted;
using epoll::is_transient_accept_error;
using epoll::kAcceptPause;

// ListeningSocket is a listener of step 02, Client the stream type that `accept` returns.
template <class ListeningSocket, class Client>
class Listener : public IoHandle<ListeningSocket> {
 public:
  using IoHandle<ListeningSocket>::IoHandle;

  // Result<Client>: the next client. Errors as of the listener's accept, without would_block. A
  // cancelled operation has accepted no client.
  [[nodiscard]] auto accept() { return io_->operation(Direction::read, Client::accept_from); }

  // All clients, one after the other; the failure of a single client does not end the sequence.
  class Incoming {
   public:
    explicit Incoming(Listener& listener) noexcept : listener_(&listener) {}
    // The next client. A client that disconnected before it was accepted is skipped. Without a free
    // descriptor `next` waits for a while and tries again. Other errors, such as EBADF after
    // `close` and operation_canceled, end the sequence.
    [[nodiscard]] Task<sys::Result<Client>> next() {
      // #region listener.next
      while (true) {
        auto client = co_await listener_->accept();
        if (client) co_return client;
        const std::error_code error = client.error();
        if (is_transient_accept_error(error)) continue;
        if (!is_resource_exhausted(error)) co_return sys::failure(error);
        auto slept = co_await sleep_for(kAcceptPause);
        if (!slept) co_return sys::failure(slept.error());
      }
      // #endregion listener.next
    }

   private:
    Listener* listener_;  // not owned
  };
  // The listener has to outlive the Incoming.
  [[nodiscard]] Incoming incoming() noexcept { return Incoming(*this); }

  [[nodiscard]] int fd() const noexcept { return io_->socket ? io_->socket->fd() : -1; }
  // Result of an address. EBADF if the listener is closed.
  [[nodiscard]] auto local_address() const
      -> decltype(std::declval<ListeningSocket&>().local_address()) {
    if (!io_->socket) return sys::failure(std::errc::bad_file_descriptor);
    return io_->socket->local_address();
  }

 private:
  using IoHandle<ListeningSocket>::io_;
};

}  // namespace async
