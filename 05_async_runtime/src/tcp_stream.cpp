#include "async/tcp_stream.hpp"

#include "async/blocking.hpp"
#include "async/runtime.hpp"
#include "epoll/resolve.hpp"

namespace async {

sys::Result<TcpStream> TcpStream::accept_from(epoll::TcpListener& listener) {
  auto accepted = listener.accept();
  if (!accepted) return sys::failure(accepted.error());
  Runtime::here().trace("(TcpStream) accept: ", accepted->stream.fd());
  return TcpStream(std::move(accepted->stream));
}

void TcpStream::abort() noexcept {
  if (const epoll::TcpStream* const open = socket()) open->break_on_close();
  close();
}

Task<sys::Result<TcpStream>> TcpStream::connect(epoll::SocketAddress address,
                                                epoll::ConnectOptions options) {
  auto socket = epoll::TcpStream::connect(address, options);
  if (!socket) co_return sys::failure(socket.error());
  TcpStream stream(std::move(*socket));
  if (auto connected = co_await outcome_of_connect(stream.io()); !connected)
    co_return sys::failure(connected.error());
  co_return stream;
}

Task<sys::Result<TcpStream>> TcpStream::connect(std::string host, std::uint16_t port) {
  // getaddrinfo blocks, so it does that in a thread of its own.
  auto lookup = [host, port] { return epoll::resolve(host, port); };
  const auto addresses = co_await blocking_in(ThreadPool::for_names(), std::move(lookup));
  if (!addresses) co_return sys::failure(addresses.error());
  std::error_code error;
  for (const epoll::SocketAddress& address : *addresses) {
    auto stream = co_await connect(address);
    if (stream) co_return stream;
    error = stream.error();
    if (error == std::errc::operation_canceled) break;
  }
  co_return sys::failure(error);
}

}  // namespace async
