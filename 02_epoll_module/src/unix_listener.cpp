#include "epoll/unix_listener.hpp"

#include "epoll/socket.hpp"
#include "syscall/call.hpp"

namespace epoll {

sys::Result<UnixListener> UnixListener::bind(const UnixAddress& address, int backlog) {
  auto fd = make_socket(AF_UNIX, SOCK_STREAM);
  SYS_TRY(fd);
  SYS_TRY(sys::call<::bind>(fd->get(), address.data(), address.size()));
  auto file = SocketFile::claim(address);
  SYS_TRY(file);
  SYS_TRY(sys::call<::listen>(fd->get(), backlog));
  return UnixListener(std::move(*fd), std::move(*file));
}

sys::Result<UnixStream> UnixListener::accept() {
  sockaddr* const unwanted = nullptr;  // most clients have no address; peer_address() tells
  socklen_t* const no_length = nullptr;
  const auto fd = sys::call_uninterrupted<::accept4>(
      fd_.get(), unwanted, no_length, static_cast<int>(SOCK_NONBLOCK | SOCK_CLOEXEC));
  SYS_TRY(fd);
  return UnixStream::adopt(UniqueFd(*fd));
}

sys::Result<UnixAddress> UnixListener::local_address() const {
  return unix_local_address_of(fd());
}

}  // namespace epoll
