#include "epoll/unix_stream.hpp"

#include "epoll/socket.hpp"
#include "syscall/call.hpp"

namespace epoll {

sys::Result<UnixStream> UnixStream::connect(const UnixAddress& address) {
  auto fd = make_socket(AF_UNIX, SOCK_STREAM);
  if (!fd) return sys::failure(fd.error());
  if (auto done = sys::call<::connect>(fd->get(), address.data(), address.size()); !done)
    return sys::failure(done.error());
  return UnixStream(std::move(*fd));
}

sys::Result<std::pair<UnixStream, UnixStream>> UnixStream::pair() {
  auto fds = make_socket_pair(SOCK_STREAM);
  if (!fds) return sys::failure(fds.error());
  return std::pair(UnixStream(std::move(fds->first)), UnixStream(std::move(fds->second)));
}

sys::Result<Credentials> UnixStream::peer_credentials() const {
  ucred credentials{};
  void* const into = &credentials;
  socklen_t length = sizeof credentials;
  if (auto done = sys::call<::getsockopt>(fd(), SOL_SOCKET, SO_PEERCRED, into, &length); !done)
    return sys::failure(done.error());
  return Credentials{credentials.pid, credentials.uid, credentials.gid};
}

sys::Result<UnixAddress> UnixStream::local_address() const {
  return unix_local_address_of(fd());
}

sys::Result<UnixAddress> UnixStream::peer_address() const {
  return unix_peer_address_of(fd());
}

}  // namespace epoll
