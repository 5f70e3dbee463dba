// A socket of stage 02, and the source that lets tasks wait for it.
//
// What TcpStream, TcpListener and their relatives hold, by a shared pointer: it has to stay where it
// is while tasks wait for it, and the two halves of a split stream hold it together.
#pragma once

#include <optional>
#include <utility>

#include "async/io/io_operation.hpp"
#include "async/io/io_source.hpp"
#include "async/io/runtime.hpp"

namespace async {

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
    if (const Runtime* const runtime = Runtime::current())
      runtime->trace(TraceEvent::closing, socket->fd());
    socket.reset();
  }

  // An operation that calls `call(*socket)` when the source is ready.
  template <class Call>
  [[nodiscard]] auto operation(Direction direction, Call call) {
    return io_operation(source, direction,
                        [this, call = std::move(call)]() mutable { return call(*socket); });
  }

  std::optional<Socket> socket;  // empty once it is closed
  IoSource source;               // after the socket: taken out of the loop before that is closed
};

}  // namespace async
