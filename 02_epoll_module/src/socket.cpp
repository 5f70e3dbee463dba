#include "epoll/socket.hpp"

#include <array>

namespace epoll {

sys::Result<std::pair<UniqueFd, UniqueFd>> make_socket_pair(int type) {
  std::array<int, 2> fds{};
  if (auto done =
          sys::call<::socketpair>(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data());
      !done)
    return sys::failure(done.error());
  return std::pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

}  // namespace epoll
