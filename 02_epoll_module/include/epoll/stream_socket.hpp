// A connected stream of bytes in both directions: what TcpStream and UnixStream share.
//
// No call here blocks. If there is nothing to read, or no room to write into, the result is an
// error for which sys::would_block is true; then wait for the descriptor and try again. Calls that
// a signal interrupts are repeated internally.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <utility>

#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

enum class Shutdown { read, write, both };

class StreamSocket {
 public:
  // Reads up to buffer.size() bytes, and returns how many were read, at least 1. 0 means that the
  // peer has sent its last byte (or that `buffer` is empty). ECONNRESET if the peer reset the
  // connection [recv(2)].
  [[nodiscard]] sys::Result<std::size_t> read(std::span<std::byte> buffer) const;

  // Writes as much as there is room for, perhaps only the first part of `bytes`, and returns how
  // many bytes were taken. The caller keeps the rest for later. If the peer is gone, the error is
  // EPIPE or ECONNRESET; there is no SIGPIPE, whose default action ends the process [send(2),
  // MSG_NOSIGNAL].
  [[nodiscard]] sys::Result<std::size_t> write(std::span<const std::byte> bytes) const;

  // The same for several pieces at once, in order, as if they were one; the kernel takes no more
  // than IOV_MAX (1024) of them in one call [sendmsg(2)].
  [[nodiscard]] sys::Result<std::size_t> write_vectored(std::span<const iovec> pieces) const;

  // Shuts down one direction or both, for all duplicates of the descriptor. After Shutdown::write
  // the peer reads the end, and can still send. ENOTCONN if the connection is gone already
  // [shutdown(2)].
  [[nodiscard]] sys::Result<> shutdown(Shutdown how) const;

  // The pending error of this socket, which this call also clears: once the socket is writable,
  // this is the outcome of a connect. No error if there is none [socket(7), SO_ERROR].
  [[nodiscard]] sys::Result<> take_error() const;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Closes the socket now rather than in the destructor. Reads and writes then give EBADF.
  void close() noexcept { fd_.reset(); }

 protected:
  explicit StreamSocket(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
