// A socket of stage 02, and the source that lets tasks wait for it.
//
// What TcpStream, TcpListener and their relatives hold, by a shared pointer: it has to stay where it
// is while tasks wait for it, and the two halves of a split stream hold it together.
#pragma once

#include <optional>
#include <utility>

#include "async/io_source.hpp"

namespace async {

template <class Socket>
class IoObject {
 public:
  explicit IoObject(Socket given) : socket(std::move(given)), source(socket->fd()) {}
  IoObject(const IoObject&) = delete;
  IoObject& operator=(const IoObject&) = delete;

  // Closes the descriptor, now. Whoever waits for it wakes up with EBADF; so does who tries later.
  void close() noexcept {
    source.close();
    socket.reset();
  }

  std::optional<Socket> socket;  // empty once it is closed
  IoSource source;               // after the socket: taken out of the loop before that is closed
};

}  // namespace async
