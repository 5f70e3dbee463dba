// A socket of step 02, and the source through which tasks wait for it.
//
// TcpStream, TcpListener and their relatives hold an IoObject by a shared pointer: it has to stay
// where it is while tasks wait for it, and the two halves of a split stream share it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "async/io/io_operation.hpp"
#include "async/io/io_source.hpp"
#include "async/io/runtime.hpp"

namespace epoll {
class TcpStream;
}

namespace async {

// Whether a read that returned fewer bytes than requested has emptied the stream. For TCP it has. A
// read from a Unix stream stops short where descriptors were passed along [unix(7), SCM_RIGHTS],
// and a read from a pipe in packet mode or from a terminal after each message or line, although
// more data follows: for these only EAGAIN means empty.
template <class Socket>
inline constexpr bool kShortReadEmpties = std::is_same_v<Socket, epoll::TcpStream>;

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
  // An operation that calls `call(*this)`, which consults the source itself, as try_read does. So
  // it may end without a system call: with a read into an empty buffer, or a line that has already
  // arrived.
  template <class Call>
  [[nodiscard]] auto stream_operation(Direction direction, Call call) {
    auto with_io = [this, call = std::move(call)]() mutable { return call(*this); };
    return IoOperation<decltype(with_io)>(source, direction, std::move(with_io));
  }

  // One read of a stream, or one write of `size` bytes, if the source is ready; otherwise EAGAIN.
  // If an operation makes several calls, each of them checks the source again, so the operation
  // stops after the first short read or write, without another system call.
  sys::Result<std::size_t> try_read(std::span<std::byte> buffer) {
    if (buffer.empty()) return 0;
    // #region io_object.try_read
    const auto count = source.try_io(Direction::read, [&] { return socket->read(buffer); });
    source.on_transfer(count.value_or(0));
    // Not at the end of the stream (0): there the next read would not block, either.
    if (kShortReadEmpties<Socket> && count && *count != 0 && *count < buffer.size())
      source.on_partial_io(Direction::read);
    return count;
    // #endregion io_object.try_read
  }
  template <class Write>
  sys::Result<std::size_t> try_write(std::size_t size, Write write) {
    if (size == 0) return 0;
    const auto count = source.try_io(Direction::write, write);
    source.on_transfer(count.value_or(0));
    if (count && *count < size) source.on_partial_io(Direction::write);
    return count;
  }

  std::optional<Socket> socket;  // empty once it is closed
  IoSource source;  // after the socket: removed from the loop before the socket is closed
};

// The base of TcpStream, TcpListener and their relatives: the only owner of an IoObject, or of one
// half of it.
template <class Socket>
class IoHandle {
 public:
  // Takes ownership of a non-blocking socket. It belongs to the first runtime in which it has to
  // wait.
  explicit IoHandle(Socket socket)
      : IoHandle(std::make_shared<IoObject<Socket>>(std::move(socket))) {}
  explicit IoHandle(std::shared_ptr<IoObject<Socket>> io) noexcept : io_(std::move(io)) {}
  IoHandle(IoHandle&&) noexcept = default;  // a copy would keep the descriptor open
  IoHandle& operator=(IoHandle&&) noexcept = default;

  // Closes the descriptor now, for both halves of a stream; otherwise the destructor does so.
  // Operations that wait for it end with EBADF.
  void close() noexcept { io_->close(); }
  // The socket, for its options and addresses; null once it is closed. It is const because a socket
  // that was moved out or closed there would take its descriptor away without the event loop
  // knowing.
  [[nodiscard]] const Socket* socket() const noexcept {
    return io_->socket ? &*io_->socket : nullptr;
  }

 protected:
  std::shared_ptr<IoObject<Socket>> io_;
};

}  // namespace async
