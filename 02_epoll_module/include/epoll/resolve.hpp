// From a name to addresses [getaddrinfo(3)].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "epoll/socket_address.hpp"
#include "syscall/result.hpp"

namespace epoll {

// The addresses of `host`, a name or an address ("localhost", "127.0.0.1", "::1"), for TCP, in the
// order in which they should be tried. Never empty: a name without addresses is an error.
//
// This BLOCKS, perhaps for many seconds. It cannot be waited for with epoll, because the C library
// may read files, ask several servers and wait for each. Call it before the loop begins, or in a
// thread of its own.
//
// Errors are those of getaddrinfo (an unknown name, a server that does not answer), in the category
// resolve_category(), or an errno.
[[nodiscard]] sys::Result<std::vector<SocketAddress>> resolve(const std::string& host,
                                                              std::uint16_t port);

// The same addresses with the families alternating, beginning with the family of the first address:
// where a whole family is unreachable, the second attempt uses the other one [RFC 8305 4].
[[nodiscard]] std::vector<SocketAddress> families_in_turns(
    const std::vector<SocketAddress>& addresses);

// The category of the error numbers EAI_*, with the texts of gai_strerror(3).
[[nodiscard]] const std::error_category& resolve_category() noexcept;

}  // namespace epoll
