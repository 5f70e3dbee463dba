#include "epoll/unix_datagram.hpp"

#include "epoll/socket.hpp"
#include "syscall/call.hpp"

namespace epoll {

sys::Result<UnixDatagram> UnixDatagram::bind(const UnixAddress& address) {
  auto fd = make_socket(AF_UNIX, SOCK_DGRAM);
  if (!fd) return sys::failure(fd.error());
  if (auto bound = sys::call<::bind>(fd->get(), address.data(), address.size()); !bound)
    return sys::failure(bound.error());
  auto file = SocketFile::claim(address);
  if (!file) return sys::failure(file.error());
  return UnixDatagram(std::move(*fd), std::move(*file));
}

sys::Result<UnixDatagram> UnixDatagram::unbound() {
  auto fd = make_socket(AF_UNIX, SOCK_DGRAM);
  if (!fd) return sys::failure(fd.error());
  return UnixDatagram(std::move(*fd));
}

sys::Result<std::pair<UnixDatagram, UnixDatagram>> UnixDatagram::pair() {
  auto fds = make_socket_pair(SOCK_DGRAM);
  if (!fds) return sys::failure(fds.error());
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
