// A stream of bytes in one direction [pipe(7)].
//
//   auto pipe = epoll::Pipe::create();
//   pipe->writer.write(bytes);      // or hand one of the ends to a child: see child.hpp
//   pipe->reader.read(buffer);
//
// No call here blocks: an operation that cannot proceed now fails with an error for which
// sys::would_block is true.
//
// SIGPIPE. A write to a pipe without a reader fails with EPIPE, and also sends the thread a
// SIGPIPE, whose default action ends the process. For a socket MSG_NOSIGNAL prevents this; a pipe
// has no such flag. Ignoring SIGPIPE would be the short way, but signal dispositions belong to the
// whole process and are inherited by its children, so that choice is for a program and not for a
// library. PipeWriter::write instead blocks the signal in its own thread during the call, and
// consumes it if it has come. This costs two more system calls per write, three when
// there was a SIGPIPE, and no other code is affected.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

// What both ends share.
class PipeEnd {
 public:
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Closes this end now rather than in the destructor. Reads and writes then give EBADF.
  void close() noexcept { fd_.reset(); }
  // Releases the descriptor, to a child for instance; this end is then closed.
  [[nodiscard]] UniqueFd take_fd() noexcept { return std::move(fd_); }

 protected:
  explicit PipeEnd(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

class PipeReader : public PipeEnd {
 public:
  // Takes over the reading end of a pipe that does not block.
  [[nodiscard]] static PipeReader adopt(UniqueFd fd) noexcept { return PipeReader(std::move(fd)); }

  // Reads up to buffer.size() bytes, and returns how many were read, at least 1. 0 means that
  // everything has been read and every writer is gone (or that `buffer` is empty). The descriptor
  // is readable while there are bytes to read, or once the end is reached.
  [[nodiscard]] sys::Result<std::size_t> read(std::span<std::byte> buffer);

 private:
  using PipeEnd::PipeEnd;
};

class PipeWriter : public PipeEnd {
 public:
  // Takes over the writing end of a pipe that does not block.
  [[nodiscard]] static PipeWriter adopt(UniqueFd fd) noexcept { return PipeWriter(std::move(fd)); }

  // Writes as much as there is room for, and returns how many bytes were taken. Up to PIPE_BUF
  // (4096) bytes are written as a whole or not at all; of more, perhaps only the first part
  // [pipe(7), PIPE_BUF]. EPIPE, and no SIGPIPE, if every reader is gone.
  [[nodiscard]] sys::Result<std::size_t> write(std::span<const std::byte> bytes);

 private:
  using PipeEnd::PipeEnd;
};

struct Pipe {
  // Two ends that do not block and that no child inherits. EMFILE or ENFILE when no descriptor is
  // left.
  [[nodiscard]] static sys::Result<Pipe> create();

  Pipe(PipeReader reading, PipeWriter writing) noexcept
      : reader(std::move(reading)), writer(std::move(writing)) {}

  PipeReader reader;
  PipeWriter writer;
};

}  // namespace epoll
