// A connected stream of bytes in both directions: what TcpStream and UnixStream share.
//
// No call here blocks. Where there is nothing to read, or no room to write, the answer is an error
// for which sys::would_block is true; then wait for the descriptor and try again. Interruptions by
// signals are repeated inside.
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
  // Reads up to buffer.size() bytes: how many came, at least 1. 0 means that the peer has sent its
  // last byte (or that `buffer` is empty). ECONNRESET if it broke off [recv(2)].
  [[nodiscard]] sys::Result<std::size_t> read(std::span<std::byte> buffer) const;

  // Writes what there is room for, perhaps only the first part of `bytes`: how many were taken. The
  // caller keeps the rest for later. A peer that is gone gives EPIPE or ECONNRESET, and no SIGPIPE,
  // whose default is to end the process [send(2), MSG_NOSIGNAL].
  [[nodiscard]] sys::Result<std::size_t> write(std::span<const std::byte> bytes) const;

  // The same for several pieces at once, in order, as if they were one; the kernel takes no more
  // than IOV_MAX (1024) of them in one call [sendmsg(2)].
  [[nodiscard]] sys::Result<std::size_t> write_vectored(std::span<const iovec> pieces) const;

  // Ends one direction or both, for all duplicates. After Shutdown::write the peer reads
  // the end, and can still send. ENOTCONN if the connection is gone already [shutdown(2)].
  [[nodiscard]] sys::Result<> shutdown(Shutdown how) const;

  // The error that the kernel keeps for this socket, and forgets with this call: the outcome of a
  // connect once it is writable. No error if it is well [socket(7), SO_ERROR].
  [[nodiscard]] sys::Result<> take_error() const;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Closes it now; the destructor would. Reads and writes then give EBADF.
  void close() noexcept { fd_.reset(); }

 protected:
  explicit StreamSocket(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
