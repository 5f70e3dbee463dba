#include "async/io/tcp_stream.hpp"

#include <utility>

#include "async/io/runtime.hpp"
#include "syscall/result.hpp"

namespace async {

sys::Result<TcpStream> TcpStream::accept_from(epoll::TcpListener& listener) {
  auto accepted = listener.accept();
  SYS_TRY(accepted);
  Runtime::here().trace(TraceEvent::accepted, accepted->stream.fd());
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
  if (auto connected = co_await outcome_of_connect(*stream.io_); !connected)
    co_return sys::failure(connected.error());
  co_return stream;
}

}  // namespace async
