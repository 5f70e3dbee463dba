#include "epoll/udp_socket.hpp"

#include "epoll/socket.hpp"
#include "epoll/tcp_stream.hpp"
#include "syscall/call.hpp"

namespace epoll {

sys::Result<UdpSocket> UdpSocket::bind(const SocketAddress& address) {
  auto fd = make_socket(address.family(), SOCK_DGRAM);
  SYS_TRY(fd);
  SYS_TRY(sys::call<::bind>(fd->get(), address.data(), address.size()));
  return UdpSocket(std::move(*fd));
}

sys::Result<> UdpSocket::connect(const SocketAddress& peer) const {
  return connect_to(peer.data(), peer.size());
}

sys::Result<> UdpSocket::send_to(std::span<const std::byte> message,
                                 const SocketAddress& to) const {
  return DatagramSocket::send_to(message, to.data(), to.size());
}

sys::Result<DatagramFrom<SocketAddress>> UdpSocket::receive_from(
    std::span<std::byte> buffer) const {
  return receive_with<SocketAddress>(buffer);
}

sys::Result<SocketAddress> UdpSocket::local_address() const {
  return local_address_of(fd());
}

}  // namespace epoll
