#include "async/tcp_stream.hpp"

#include "async/runtime.hpp"

namespace async {

Task<sys::Result<TcpStream>> TcpStream::connect(epoll::SocketAddress address) {
  auto socket = epoll::TcpStream::connect(address);
  if (!socket) co_return sys::failure(socket.error());
  TcpStream stream(std::move(*socket));
  Io* const io = stream.io_.get();
  // Under way; it is writable when the outcome is known, so the first try has to wait for that.
  io->source.exhausted(Direction::write);
  const auto outcome = co_await io_operation<void>(io->source, Direction::write,
                                                   [io] { return io->socket->take_error(); });
  if (!outcome) co_return sys::failure(outcome.error());
  co_return stream;
}

}  // namespace async
