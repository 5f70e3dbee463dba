// A socket of stage 02, and the source that lets tasks wait for it.
//
// What TcpStream, TcpListener and their relatives hold, by a shared pointer: it has to stay where it
// is while tasks wait for it, and the two halves of a split stream hold it together.
#pragma once

#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "async/io/io_source.hpp"
#include "async/io/runtime.hpp"

namespace epoll {
class TcpListener;
class TcpStream;
}  // namespace epoll

namespace async {

// What the trace of a runtime says when such a socket is closed; nothing for most kinds.
template <class Socket>
inline constexpr std::string_view kCloseLine =
    std::is_same_v<Socket, epoll::TcpStream>     ? "(TcpStream) close : "
    : std::is_same_v<Socket, epoll::TcpListener> ? "(TcpListener) close : "
                                                 : "";

template <class Socket>
class IoObject {
 public:
  explicit IoObject(Socket given) : socket(std::move(given)), source(socket->fd()) {}
  ~IoObject() { close(); }
  IoObject(const IoObject&) = delete;
  IoObject& operator=(const IoObject&) = delete;

  // Closes the descriptor, now. Operations that wait for it end with EBADF, and so do later ones.
  void close() noexcept {
    if (!socket) return;
    source.close();
    if (const Runtime* const runtime = Runtime::current(); runtime && !kCloseLine<Socket>.empty())
      runtime->trace(kCloseLine<Socket>, socket->fd());
    socket.reset();
  }

  std::optional<Socket> socket;  // empty once it is closed
  IoSource source;               // after the socket: taken out of the loop before that is closed
};

}  // namespace async
