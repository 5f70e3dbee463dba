// A connected byte stream for tasks: what TcpStream, UnixStream and pipes share.
//
//   while (auto n = co_await stream.read(buffer)) {
//     if (*n == 0) break;                                  // the peer has sent its last byte
//     if (!co_await stream.write_all(std::span(buffer).first(*n))) break;
//   }
//
// A server whose many clients are mostly idle should use read_lease, which needs no buffer while it
// waits.
//
// One task may read while another one writes; a second reader (or writer) at the same time gets
// Errc::already_waiting. Buffers have to live until the operation is over.
//
// Every operation here is an awaiter: it makes its call at once, and waits only if the call would
// block.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "async/io/io_object.hpp"
#include "async/io/io_operation.hpp"
#include "async/io/lease.hpp"
#include "epoll/stream_socket.hpp"
#include "syscall/result.hpp"

namespace async {

// The reading half. Base is an IoHandle; its socket has a read() like that of epoll::StreamSocket.
template <class Socket, class Base = IoHandle<Socket>>
class ReadHalf : public Base {
  using Io = IoObject<Socket>;

 public:
  using Base::Base;

  // Result<std::size_t>: how many bytes were read, at least 1; 0 at the end of the stream, or at
  // once if `buffer` is empty. Errors as of epoll::StreamSocket::read, and those of IoOperation. A
  // cancelled read has read nothing.
  [[nodiscard]] auto read(std::span<std::byte> buffer) {
    return this->io_->stream_operation(Direction::read,
                                       [buffer](Io& io) { return io.try_read(buffer); });
  }

  // Returns what `call(read)` returns, a Result. `call` runs when there may be something to read,
  // and its `read(buffer)` then reads once: so the buffer can be chosen at that time, and not
  // before the wait. If `read` fails with an error for which sys::would_block is true, `call` must
  // fail with one, too; it is called again later.
  template <class Call>
  [[nodiscard]] auto read_with(Call call) {
    auto when_ready = [call = std::move(call)](Io& io) mutable {
      const auto read = [&io](std::span<std::byte> buffer) { return io.try_read(buffer); };
      using Read = std::invoke_result_t<Call&, decltype(read)>;
      return io.source.is_ready(Direction::read) ? call(read) : Read(sys::failure(EAGAIN));
    };
    return this->io_->stream_operation(Direction::read, std::move(when_ready));
  }

  // Result<Lease>: the bytes that have arrived, at least 1; an empty Lease at the end of the
  // stream. The buffer is taken only when there is something to read (lease.hpp). Throws
  // std::bad_alloc; otherwise as `read`.
  [[nodiscard]] auto read_lease() {
    return read_with([](auto read) -> sys::Result<Lease> {
      Lease lease = Lease::take();
      const sys::Result<std::size_t> count = read(lease.room());
      SYS_TRY(count);
      lease.set_size(*count);
      return lease;
    });
  }

  // Result<>: the whole buffer is filled. Errc::cut_short if the stream ends before that. If it is
  // cancelled or fails, it may have read a part: these bytes are at the front of the buffer, in
  // order, but their number is not reported, so the stream can no longer be used for reading. To be
  // able to continue after a cancellation, read piece by piece, with `read`, or into a string, with
  // `read_until`.
  [[nodiscard]] auto read_exactly(std::span<std::byte> buffer) {
    auto call = [left = buffer](Io& io) mutable -> sys::Result<> {
      while (!left.empty()) {
        const auto count = io.try_read(left);
        SYS_TRY(count);
        if (*count == 0) return sys::failure(make_error_code(Errc::cut_short));
        left = left.subspan(*count);
      }
      return {};
    };
    return this->io_->stream_operation(Direction::read, std::move(call));
  }

  // Result<std::size_t>: `text` holds `delimiter`; the value is the number of bytes up to the
  // delimiter's end. Bytes behind it stay in `text`, for the next call: remove the first part
  // before that call.
  //   while (auto line = co_await stream.read_until(text, "\n")) {
  //     use(text.substr(0, *line));
  //     text.erase(0, *line);
  //   }
  // Fails with Errc::cut_short if the stream ends first (the bytes read so far are in `text`), and
  // with EMSGSIZE if the delimiter is not among the first `limit` bytes. A cancellation loses
  // nothing: everything that was read is in `text`.
  [[nodiscard]] auto read_until(std::string& text, std::string_view delimiter,
                                std::size_t limit = 64 * 1024) {
    auto call = [&text, delimiter, limit, searched = std::size_t{0}](Io& io) mutable {
      return read_delimited(io, text, delimiter, limit, searched);
    };
    return this->io_->stream_operation(Direction::read, std::move(call));
  }

 private:
  static sys::Result<std::size_t> read_delimited(Io& io, std::string& text,
                                                 std::string_view delimiter, std::size_t limit,
                                                 std::size_t& searched) {
    constexpr std::size_t kStep = 4096;
    while (true) {
      // The delimiter may have begun at the end of the part that was searched.
      const std::size_t from = searched < delimiter.size() ? 0 : searched - delimiter.size() + 1;
      const std::size_t at = text.find(delimiter, from);
      if (at != text.npos && at + delimiter.size() <= limit) return at + delimiter.size();
      if (text.size() >= limit) return sys::failure(std::errc::message_size);
      searched = text.size();
      text.resize(searched + std::min(kStep, limit - searched));
      const auto count = io.try_read(std::as_writable_bytes(std::span(text)).subspan(searched));
      text.resize(searched + count.value_or(0));
      SYS_TRY(count);
      if (*count == 0) return sys::failure(make_error_code(Errc::cut_short));
    }
  }
};

// The writing half.
template <class Socket, class Base = IoHandle<Socket>>
class WriteHalf : public Base {
  using Io = IoObject<Socket>;

 public:
  using Base::Base;

  // Result<std::size_t>: how many bytes were taken, possibly only the first part of `bytes`; 0, at
  // once, if `bytes` is empty. A cancelled write has taken none.
  [[nodiscard]] auto write(std::span<const std::byte> bytes) {
    return this->io_->stream_operation(Direction::write,
                                       [bytes](Io& io) { return write_some(io, bytes); });
  }

  // Result<>: all bytes were taken. If it fails, or is cancelled, a first part of them may have
  // been taken, and its size is not reported: no byte was left out or sent twice, but the stream
  // can no longer be used for writing. To be able to continue after a cancellation, write piece by
  // piece, with `write`.
  [[nodiscard]] auto write_all(std::span<const std::byte> bytes) {
    auto call = [left = bytes](Io& io) mutable -> sys::Result<> {
      // #region stream.write_all
      while (!left.empty()) {
        const auto taken = write_some(io, left);
        SYS_TRY(taken);
        left = left.subspan(*taken);
      }
      return {};
      // #endregion stream.write_all
    };
    return this->io_->stream_operation(Direction::write, std::move(call));
  }
  [[nodiscard]] auto write_all(std::string_view text) {
    return write_all(std::as_bytes(std::span(text)));
  }

  // As write, for several pieces in one call; at most the first IOV_MAX (1024) pieces are written.
  // Sockets only.
  [[nodiscard]] auto write_vectored(std::span<const iovec> pieces) {
    return write_with([pieces](auto write) { return write(pieces); });
  }
  // Returns what `call(write)` returns. `call` runs when there may be room, and its `write(pieces)`
  // then writes once, as write_vectored does: so the pieces need not be kept while the operation
  // waits. Otherwise as read_with.
  template <class Call>
  [[nodiscard]] auto write_with(Call call) {
    auto with_write = [call = std::move(call)](Io& io) mutable {
      return call([&io](std::span<const iovec> pieces) { return write_pieces(io, pieces); });
    };
    return this->io_->stream_operation(Direction::write, std::move(with_write));
  }

  // See epoll::StreamSocket::shutdown. EBADF if the stream is closed.
  [[nodiscard]] sys::Result<> shutdown(epoll::Shutdown how = epoll::Shutdown::write) {
    if (!this->io_->socket) return sys::failure(std::errc::bad_file_descriptor);
    return this->io_->socket->shutdown(how);
  }

 private:
  static sys::Result<std::size_t> write_some(Io& io, std::span<const std::byte> bytes) {
    return io.try_write(bytes.size(), [&] { return io.socket->write(bytes); });
  }
  static sys::Result<std::size_t> write_pieces(Io& io, std::span<const iovec> pieces) {
    std::size_t size = 0;
    for (const iovec& piece : pieces.first(std::min<std::size_t>(pieces.size(), IOV_MAX)))
      size += piece.iov_len;
    return io.try_write(size, [&] { return io.socket->write_vectored(pieces); });
  }
};

// Both halves. Socket is a class derived from epoll::StreamSocket.
template <class Socket>
class Stream : public WriteHalf<Socket, ReadHalf<Socket>> {
 public:
  using WriteHalf<Socket, ReadHalf<Socket>>::WriteHalf;

  // One half for each of two tasks; destroying the last of them closes the descriptor. Destroying a
  // half does not end its direction: use shutdown for that.
  [[nodiscard]] std::pair<ReadHalf<Socket>, WriteHalf<Socket>> split() && {
    return {ReadHalf<Socket>(this->io_), WriteHalf<Socket>(std::move(this->io_))};
  }
};

// Result<>: the outcome of a connect that is in progress. The socket becomes writable when the
// outcome is known, so the first attempt has to wait.
template <class Socket>
[[nodiscard]] auto outcome_of_connect(IoObject<Socket>& io) {
  io.source.clear_readiness(Direction::write);
  return io.operation(Direction::write, [](Socket& socket) { return socket.take_error(); });
}

}  // namespace async
