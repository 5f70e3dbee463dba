#include "async/tcp_listener.hpp"

#include <chrono>

#include "async/runtime.hpp"
#include "async/sleep.hpp"

namespace async {
namespace {

bool is_of_one_client(std::error_code error) {
  return error == std::errc::connection_aborted || error == std::errc::protocol_error;
}
bool is_lack_of_room(std::error_code error) {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system || error == std::errc::no_buffer_space ||
         error == std::errc::not_enough_memory;
}

}  // namespace

sys::Result<TcpListener> TcpListener::bind(const epoll::SocketAddress& address,
                                           const epoll::ListenOptions& options) {
  auto listener = epoll::TcpListener::bind(address, options);
  if (!listener) return sys::failure(listener.error());
  return TcpListener(std::move(*listener));
}

sys::Result<TcpStream> TcpListener::accept_one(Io& io) {
  auto accepted = io.socket->accept();
  if (!accepted) return sys::failure(accepted.error());
  Runtime::here().trace("(TcpStream) accept: ", accepted->stream.fd());
  return TcpStream(std::move(accepted->stream));
}

Task<sys::Result<TcpStream>> TcpListener::Incoming::next() {
  using std::chrono::milliseconds;
  while (true) {
    auto stream = co_await listener_->accept();
    if (stream || !(is_of_one_client(stream.error()) || is_lack_of_room(stream.error())))
      co_return stream;
    if (is_of_one_client(stream.error())) continue;
    if (auto slept = co_await sleep_for(milliseconds(50)); !slept)
      co_return sys::failure(slept.error());
  }
}

sys::Result<epoll::SocketAddress> TcpListener::local_address() const {
  if (!io_->socket) return sys::failure(std::errc::bad_file_descriptor);
  return io_->socket->local_address();
}

}  // namespace async
