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
// This BLOCKS, perhaps for many seconds: there is no readiness for it in epoll, because the C library
// may read files, ask several servers and wait for each. Call it before the loop begins, or in a
// thread of its own.
//
// Errors are getaddrinfo's own (a name that is not known, a server that does not answer), in the
// category resolve_category(), or an errno.
[[nodiscard]] sys::Result<std::vector<SocketAddress>> resolve(const std::string& host,
                                                              std::uint16_t port);

// The same addresses, the families in turns, beginning with the first one's: where a whole family leads
// nowhere, the second attempt is of the other one [RFC 8305 4].
[[nodiscard]] std::vector<SocketAddress> families_in_turns(
    const std::vector<SocketAddress>& addresses);

// Error numbers EAI_*, with the texts of gai_strerror(3).
[[nodiscard]] const std::error_category& resolve_category() noexcept;

}  // namespace epoll
