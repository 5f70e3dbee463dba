#include "epoll/datagram_socket.hpp"

#include <algorithm>

#include "epoll/socket.hpp"
#include "syscall/call.hpp"

namespace epoll {

sys::Result<> DatagramSocket::send(std::span<const std::byte> message) const {
  return send_to(message, nullptr, 0);
}

sys::Result<Datagram> DatagramSocket::receive(std::span<std::byte> buffer) const {
  return receive_raw(buffer, nullptr, nullptr);
}

sys::Result<> DatagramSocket::take_error() const {
  const auto error = get_option(fd(), SOL_SOCKET, SO_ERROR);
  SYS_TRY(error);
  if (*error != 0) return sys::failure(*error);
  return {};
}

sys::Result<> DatagramSocket::connect_to(const sockaddr* peer, socklen_t size) const {
  return sys::without_value(sys::call<::connect>(fd(), peer, size));
}

sys::Result<> DatagramSocket::send_to(std::span<const std::byte> message, const sockaddr* to,
                                      socklen_t size) const {
  const void* const from = message.data();
  return sys::without_value(sys::call_uninterrupted<::sendto>(
      fd(), from, message.size(), static_cast<int>(MSG_NOSIGNAL), to, size));
}

// #region receive-raw
sys::Result<Datagram> DatagramSocket::receive_raw(std::span<std::byte> buffer, sockaddr* from,
                                                  socklen_t* length) const {
  void* const into = buffer.data();
  // With MSG_TRUNC the answer is the size of the message, however little of it there was room for
  // [recv(2)]. Without, a message that was cut off looks like one that just fits.
  const auto full_size = sys::call_uninterrupted<::recvfrom>(
      fd(), into, buffer.size(), static_cast<int>(MSG_TRUNC), from, length);
  SYS_TRY(full_size);
  const auto size = static_cast<std::size_t>(*full_size);
  return Datagram{std::min(size, buffer.size()), size};
}
// #endregion receive-raw

}  // namespace epoll
