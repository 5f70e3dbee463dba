#include "epoll/tcp_stream.hpp"

#include <netinet/tcp.h>

#include "epoll/socket.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

// getsockname and getpeername differ in their name only.
template <auto Function>
sys::Result<SocketAddress> address_from(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const raw = reinterpret_cast<sockaddr*>(&storage);
  SYS_TRY(sys::call<Function>(fd, raw, &length));
  return SocketAddress::from_raw(raw, length);
}

sys::Result<UniqueFd> make_tcp_socket(int family, const ConnectOptions& options) {
  auto fd = make_socket(family, SOCK_STREAM);
  if (!fd || !options.no_delay) return fd;
  SYS_TRY(set_option(fd->get(), IPPROTO_TCP, TCP_NODELAY, 1));
  return fd;
}

}  // namespace

sys::Result<TcpStream> TcpStream::connect(const SocketAddress& address,
                                          const ConnectOptions& options) {
  // #region 2.12 connect
  auto fd = make_tcp_socket(address.family(), options);
  SYS_TRY(fd);
  const auto started = sys::call<::connect>(fd->get(), address.data(), address.size());
  const bool under_way = !started && (started.error() == std::errc::operation_in_progress ||
                                      sys::interrupted(started.error()));
  if (!started && !under_way) return sys::failure(started.error());
  return TcpStream(std::move(*fd));
  // #endregion 2.12
}

sys::Result<> TcpStream::set_no_delay(bool on) const {
  return set_option(fd(), IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
}

// #region break_on_close
void TcpStream::break_on_close() const noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  const void* const raw = &at_once;
  (void)sys::call<::setsockopt>(fd(), SOL_SOCKET, SO_LINGER, raw,
                                static_cast<socklen_t>(sizeof at_once));
}
// #endregion break_on_close

sys::Result<SocketAddress> TcpStream::local_address() const {
  return local_address_of(fd());
}

sys::Result<SocketAddress> TcpStream::peer_address() const {
  return address_from<::getpeername>(fd());
}

sys::Result<SocketAddress> local_address_of(int fd) {
  return address_from<::getsockname>(fd);
}

}  // namespace epoll
