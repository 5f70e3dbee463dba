#include "epoll/tcp_listener.hpp"

#include "epoll/socket.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {

sys::Result<TcpListener> TcpListener::bind(const SocketAddress& address,
                                           const ListenOptions& options) {
  auto fd = make_socket(address.family(), SOCK_STREAM);
  if (!fd) return sys::failure(fd.error());
  for (const auto& [wanted, option] : {std::pair(options.reuse_address, SO_REUSEADDR),
                                       std::pair(options.reuse_port, SO_REUSEPORT)}) {
    if (!wanted) continue;
    if (auto set = set_option(fd->get(), SOL_SOCKET, option, 1); !set)
      return sys::failure(set.error());
  }
  if (auto bound = sys::call<::bind>(fd->get(), address.data(), address.size()); !bound)
    return sys::failure(bound.error());
  if (auto listening = sys::call<::listen>(fd->get(), options.backlog); !listening)
    return sys::failure(listening.error());
  return TcpListener(std::move(*fd));
}

sys::Result<TcpListener::Accepted> TcpListener::accept() {
  // #region 2.13 accept
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const raw = reinterpret_cast<sockaddr*>(&storage);
  auto fd = sys::call_uninterrupted<::accept4>(fd_.get(), raw, &length,
                                               static_cast<int>(SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return sys::failure(fd.error());
  auto stream = TcpStream::adopt(UniqueFd(*fd));
  auto peer = SocketAddress::from_raw(raw, length);
  if (!peer) return sys::failure(peer.error());
  return Accepted{std::move(stream), *peer};
  // #endregion 2.13
}

sys::Result<SocketAddress> TcpListener::local_address() const {
  return local_address_of(fd());
}

}  // namespace epoll
