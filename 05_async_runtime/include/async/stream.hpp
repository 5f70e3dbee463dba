// A connected stream of bytes, as tasks see it: what TcpStream and UnixStream share.
//
//   while (auto n = co_await stream.read(buffer)) {
//     if (*n == 0) break;                                  // the peer has sent its last byte
//     if (!co_await stream.write_all(std::span(buffer).first(*n))) break;
//   }
//
// One task may read while another one writes; a second reader (or writer) at the same time gets
// Errc::already_waiting. The buffers have to live until the operation is over.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "async/io_object.hpp"
#include "async/io_operation.hpp"
#include "epoll/stream_socket.hpp"
#include "syscall/result.hpp"

namespace async {

// Socket is a class derived from epoll::StreamSocket.
template <class Socket>
class Stream {
 public:
  // Takes over a connected socket that does not block. It belongs to the first runtime in which it
  // has to wait.
  explicit Stream(Socket socket) : io_(std::make_shared<Io>(std::move(socket))) {}

  // Result<std::size_t>: how many bytes came, at least 1; 0 at the end, or if `buffer` is empty.
  // Errors as of epoll::StreamSocket::read, and those of IoOperation. Cancelled, it has read nothing.
  [[nodiscard]] auto read(std::span<std::byte> buffer) {
    Io* const io = io_.get();
    return io_operation<std::size_t>(io->source, Direction::read,
                                     [io, buffer] { return read_some(*io, buffer); });
  }

  // Result<std::size_t>: how many bytes were taken, perhaps only the first part of `bytes`.
  [[nodiscard]] auto write(std::span<const std::byte> bytes) {
    Io* const io = io_.get();
    return io_operation<std::size_t>(io->source, Direction::write,
                                     [io, bytes] { return write_some(*io, bytes); });
  }

  // Result<>: all bytes were taken. If it fails, or is cancelled, nobody knows how many were: the
  // stream is of no more use for writing.
  [[nodiscard]] auto write_all(std::span<const std::byte> bytes) {
    Io* const io = io_.get();
    return io_operation<void>(io->source, Direction::write, [io, left = bytes]() mutable {
      sys::Result<> done;
      while (done && !left.empty()) {
        const auto taken = write_some(*io, left);
        if (taken) {
          left = left.subspan(*taken);
        } else {
          done = sys::failure(taken.error());
        }
      }
      return done;
    });
  }

  // See epoll::StreamSocket::shutdown. EBADF if it is closed.
  [[nodiscard]] sys::Result<> shutdown(epoll::Shutdown how) {
    if (!io_->socket) return sys::failure(std::errc::bad_file_descriptor);
    return io_->socket->shutdown(how);
  }

  // Closes it now; the destructor would. Whoever waits for it wakes up with EBADF.
  void close() noexcept { io_->close(); }

  // The socket, for its options and addresses; null once it is closed.
  [[nodiscard]] Socket* socket() const noexcept { return io_->socket ? &*io_->socket : nullptr; }

 protected:
  using Io = IoObject<Socket>;

  static sys::Result<std::size_t> read_some(Io& io, std::span<std::byte> buffer) {
    auto count = io.socket->read(buffer);
    // Not at the end (0): there the next read would not block either.
    if (count && *count != 0 && *count < buffer.size()) io.source.ran_short(Direction::read);
    return count;
  }
  static sys::Result<std::size_t> write_some(Io& io, std::span<const std::byte> bytes) {
    if (!io.source.is_ready(Direction::write))
      return sys::failure(std::errc::operation_would_block);
    auto count = io.socket->write(bytes);
    if (count && *count < bytes.size()) io.source.ran_short(Direction::write);
    return count;
  }

  std::shared_ptr<Io> io_;
};

}  // namespace async
