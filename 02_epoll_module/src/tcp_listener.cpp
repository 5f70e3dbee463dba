#include "epoll/tcp_listener.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>

#include "epoll/socket.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

enum class Sharing { alone, opens_group, joins_group };

sys::Result<> share_port(int fd) {
  return set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

// #region bind_and_listen
sys::Result<UniqueFd> bind_and_listen(const SocketAddress& address, const ListenOptions& options,
                                      Sharing sharing) {
  auto fd = make_socket(address.family(), SOCK_STREAM);
  if (!fd) return fd;
  // #region tcp_listener.bind_and_listen
  sys::Result<> done;
  if (options.reuse_address) done = set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (done && options.no_delay) done = set_option(fd->get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (done && sharing == Sharing::joins_group) done = share_port(fd->get());
  if (done) done = sys::without_value(sys::call<::bind>(fd->get(), address.data(), address.size()));
  // After the bind: it had to find the port free. From here on others may join.
  if (done && sharing == Sharing::opens_group) done = share_port(fd->get());
  if (done) done = sys::without_value(sys::call<::listen>(fd->get(), options.backlog));
  SYS_TRY(done);
  // #endregion tcp_listener.bind_and_listen
  return fd;
}
// #endregion bind_and_listen

}  // namespace

sys::Result<TcpListener> TcpListener::bind(const SocketAddress& address,
                                           const ListenOptions& options) {
  auto fd = bind_and_listen(address, options, Sharing::alone);
  SYS_TRY(fd);
  return TcpListener(std::move(*fd));
}

sys::Result<std::vector<TcpListener>> TcpListener::bind_group(const SocketAddress& address,
                                                              std::size_t count,
                                                              const ListenOptions& options) {
  std::vector<TcpListener> group;
  SocketAddress shared = address;  // port 0 is chosen once
  while (group.size() < count) {
    auto fd = bind_and_listen(shared, options,
                              group.empty() ? Sharing::opens_group : Sharing::joins_group);
    SYS_TRY(fd);
    group.push_back(TcpListener(std::move(*fd)));
    auto bound = group.front().local_address();
    SYS_TRY(bound);
    shared = *bound;
  }
  return group;
}

sys::Result<TcpListener> TcpListener::adopt(UniqueFd fd, const ListenOptions& options) {
  const auto listens = get_option(fd.get(), SOL_SOCKET, SO_ACCEPTCONN);
  SYS_TRY(listens);
  const auto protocol = get_option(fd.get(), SOL_SOCKET, SO_PROTOCOL);
  SYS_TRY(protocol);
  if (*listens == 0 || *protocol != IPPROTO_TCP) return sys::failure(EINVAL);
  const auto flags = sys::call<::fcntl>(fd.get(), F_GETFL);
  SYS_TRY(flags);
  SYS_TRY(sys::call<::fcntl>(fd.get(), F_SETFL, *flags | O_NONBLOCK));
  if (options.no_delay) SYS_TRY(set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1));
  return TcpListener(std::move(fd));
}

sys::Result<TcpListener> TcpListener::duplicate() const {
  const auto fd = sys::call<::fcntl>(fd_.get(), F_DUPFD_CLOEXEC, 0);
  SYS_TRY(fd);
  return TcpListener(UniqueFd(*fd));
}

sys::Result<TcpListener::Accepted> TcpListener::accept() {
  // #region 2.13 accept
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const raw = reinterpret_cast<sockaddr*>(&storage);
  auto fd = sys::call_uninterrupted<::accept4>(fd_.get(), raw, &length,
                                               static_cast<int>(SOCK_NONBLOCK | SOCK_CLOEXEC));
  SYS_TRY(fd);
  auto stream = TcpStream::adopt(UniqueFd(*fd));
  auto peer = SocketAddress::from_raw(raw, length);
  SYS_TRY(peer);
  return Accepted{std::move(stream), *peer};
  // #endregion 2.13
}

sys::Result<SocketAddress> TcpListener::local_address() const {
  return local_address_of(fd());
}

}  // namespace epoll
