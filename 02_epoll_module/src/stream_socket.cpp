#include "epoll/stream_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <climits>

#include "epoll/socket.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

// The calls report counts as ssize_t; a Result has no negative counts.
sys::Result<std::size_t> to_size(sys::Result<ssize_t> count) {
  SYS_TRY(count);
  return static_cast<std::size_t>(*count);
}

}  // namespace

sys::Result<std::size_t> StreamSocket::read(std::span<std::byte> buffer) const {
  void* const into = buffer.data();
  return to_size(sys::call_uninterrupted<::recv>(fd(), into, buffer.size(), 0));
}

sys::Result<std::size_t> StreamSocket::write(std::span<const std::byte> bytes) const {
  // #region 2.10 write
  const void* const from = bytes.data();
  return to_size(
      sys::call_uninterrupted<::send>(fd(), from, bytes.size(), static_cast<int>(MSG_NOSIGNAL)));
  // #endregion 2.10
}

sys::Result<std::size_t> StreamSocket::write_vectored(std::span<const iovec> pieces) const {
  // For one piece, send(2) is a little cheaper.
  if (pieces.size() == 1)
    return write({static_cast<const std::byte*>(pieces[0].iov_base), pieces[0].iov_len});
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());                 // sendmsg only reads them
  message.msg_iovlen = std::min<std::size_t>(pieces.size(), IOV_MAX);  // more would be EMSGSIZE
  const msghdr* const header = &message;
  return to_size(sys::call_uninterrupted<::sendmsg>(fd(), header, static_cast<int>(MSG_NOSIGNAL)));
}

sys::Result<> StreamSocket::shutdown(Shutdown how) const {
  const int direction = how == Shutdown::read    ? SHUT_RD
                        : how == Shutdown::write ? SHUT_WR
                                                 : SHUT_RDWR;
  return sys::without_value(sys::call<::shutdown>(fd(), direction));
}

sys::Result<> StreamSocket::take_error() const {
  // #region 2.11 take_error
  const auto error = get_option(fd(), SOL_SOCKET, SO_ERROR);
  SYS_TRY(error);
  if (*error != 0) return sys::failure(*error);
  return {};
  // #endregion 2.11
}

}  // namespace epoll
