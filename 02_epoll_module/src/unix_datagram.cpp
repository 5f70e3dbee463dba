#include "epoll/unix_datagram.hpp"

#include "epoll/socket.hpp"
#include "syscall/call.hpp"

namespace epoll {

sys::Result<UnixDatagram> UnixDatagram::bind(const UnixAddress& address) {
  auto fd = make_socket(AF_UNIX, SOCK_DGRAM);
  SYS_TRY(fd);
  SYS_TRY(sys::call<::bind>(fd->get(), address.data(), address.size()));
  auto file = SocketFile::claim(address);
  SYS_TRY(file);
  return UnixDatagram(std::move(*fd), std::move(*file));
}

sys::Result<UnixDatagram> UnixDatagram::unbound() {
  auto fd = make_socket(AF_UNIX, SOCK_DGRAM);
  SYS_TRY(fd);
  return UnixDatagram(std::move(*fd));
}

sys::Result<std::pair<UnixDatagram, UnixDatagram>> UnixDatagram::pair() {
  auto fds = make_socket_pair(SOCK_DGRAM);
  SYS_TRY(fds);
  return std::pair(UnixDatagram(std::move(fds->first)), UnixDatagram(std::move(fds->second)));
}

sys::Result<> UnixDatagram::connect(const UnixAddress& peer) const {
  return connect_to(peer.data(), peer.size());
}

sys::Result<> UnixDatagram::send_to(std::span<const std::byte> message,
                                    const UnixAddress& to) const {
  return DatagramSocket::send_to(message, to.data(), to.size());
}

sys::Result<DatagramFrom<UnixAddress>> UnixDatagram::receive_from(
    std::span<std::byte> buffer) const {
  return receive_with<UnixAddress>(buffer);
}

sys::Result<UnixAddress> UnixDatagram::local_address() const {
  return unix_local_address_of(fd());
}

}  // namespace epoll
