#include "epoll/unix_stream.hpp"

#include "epoll/socket.hpp"
#include "syscall/call.hpp"

namespace epoll {

sys::Result<UnixStream> UnixStream::connect(const UnixAddress& address) {
  auto fd = make_socket(AF_UNIX, SOCK_STREAM);
  SYS_TRY(fd);
  SYS_TRY(sys::call<::connect>(fd->get(), address.data(), address.size()));
  return UnixStream(std::move(*fd));
}

sys::Result<std::pair<UnixStream, UnixStream>> UnixStream::pair() {
  auto fds = make_socket_pair(SOCK_STREAM);
  SYS_TRY(fds);
  return std::pair(UnixStream(std::move(fds->first)), UnixStream(std::move(fds->second)));
}

sys::Result<Credentials> UnixStream::peer_credentials() const {
  ucred credentials{};
  void* const into = &credentials;
  socklen_t length = sizeof credentials;
  SYS_TRY(sys::call<::getsockopt>(fd(), SOL_SOCKET, SO_PEERCRED, into, &length));
  return Credentials{credentials.pid, credentials.uid, credentials.gid};
}

sys::Result<UnixAddress> UnixStream::local_address() const {
  return unix_local_address_of(fd());
}

sys::Result<UnixAddress> UnixStream::peer_address() const {
  return unix_peer_address_of(fd());
}

}  // namespace epoll
