// A stream of bytes in one direction [pipe(7)].
//
//   auto pipe = epoll::Pipe::create();
//   pipe->writer.write(bytes);      // or hand one of the ends to a child: see child.hpp
//   pipe->reader.read(buffer);
//
// No call here blocks: what cannot be done now gives an error for which sys::would_block is true.
//
// SIGPIPE. A write to a pipe without a reader gives EPIPE, and sends the thread a SIGPIPE besides,
// whose default is to end the process. A socket has MSG_NOSIGNAL against that; a pipe has no such
// flag. To ignore SIGPIPE would be short, but dispositions belong to the process and are inherited
// by its children, so a program may choose that and a library may not. PipeWriter::write blocks the
// signal for its own thread and its own duration instead, and takes it away if it has come: two
// more system calls a write, three when there was a SIGPIPE, and no other code can tell that
// anything happened.
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

  // Closes it now; the destructor would. Reads and writes then give EBADF.
  void close() noexcept { fd_.reset(); }
  // Gives the descriptor away, to a child for instance; this end is then closed.
  [[nodiscard]] UniqueFd take_fd() noexcept { return std::move(fd_); }

 protected:
  explicit PipeEnd(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

class PipeReader : public PipeEnd {
 public:
  // Takes over the reading end of a pipe that does not block.
  [[nodiscard]] static PipeReader adopt(UniqueFd fd) noexcept { return PipeReader(std::move(fd)); }

  // Reads up to buffer.size() bytes: how many came, at least 1. 0 means that all has been read and
  // every writer is gone (or that `buffer` is empty). Readable while there is either.
  [[nodiscard]] sys::Result<std::size_t> read(std::span<std::byte> buffer);

 private:
  using PipeEnd::PipeEnd;
};

class PipeWriter : public PipeEnd {
 public:
  // Takes over the writing end of a pipe that does not block.
  [[nodiscard]] static PipeWriter adopt(UniqueFd fd) noexcept { return PipeWriter(std::move(fd)); }

  // Writes what there is room for: how many bytes were taken. Up to PIPE_BUF (4096) bytes go
  // together or not at all; of more, perhaps only the first part [pipe(7), PIPE_BUF]. EPIPE, and no
  // SIGPIPE, if every reader is gone.
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
