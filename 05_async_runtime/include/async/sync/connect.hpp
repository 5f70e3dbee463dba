// Connecting to a server by name, or by any of several addresses.
//
//   auto stream = co_await async::connect("localhost", 8080);
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "async/core/task.hpp"
#include "async/io/tcp_stream.hpp"
#include "epoll/socket_address.hpp"
#include "syscall/result.hpp"

namespace async {

inline constexpr std::chrono::milliseconds kAttemptDelay{250};

// Connects to the first of several addresses that answers [RFC 8305, "Happy Eyeballs"]: each
// attempt has a head start of kAttemptDelay over the next one, none if it fails, and the address
// families take turns. So an address that does not answer at all costs a quarter of a second, and
// not the whole time limit. If all attempts fail, the error is that of the last to fail; EINVAL
// without an address.
[[nodiscard]] Task<sys::Result<TcpStream>> connect_any(std::vector<epoll::SocketAddress> addresses);

// Connects by name: looks the name up, in a separate thread, and connects to any of its addresses.
// Errors also as of epoll::resolve.
[[nodiscard]] Task<sys::Result<TcpStream>> connect(std::string host, std::uint16_t port);

}  // namespace async
