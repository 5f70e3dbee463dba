// What a server does when accept fails: one policy for all servers [accept(2), "ERRORS" and "Error
// handling"].
//
//   would_block(error)                EAGAIN: empty queue. Wait until the listener is readable
//   is_transient_accept_error(error)  one connection has ended, or the network has reported an
//                                     error for it: accept the next one at once
//   is_resource_exhausted(error)      no descriptor or no memory. The client stays in the queue and
//                                     the listener stays readable, so trying again at once is a
//                                     busy loop. No event reports that there is room again: wait
//                                     for kAcceptPause
//   any other                         EBADF, EFAULT, EINVAL, ENOTSOCK, ...: the listener is broken
//
// EINTR does not occur here: TcpListener and UnixListener repeat the call themselves.
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <initializer_list>

#include "syscall/result.hpp"

namespace epoll {

// How long a server stops accepting when there is no room for another client.
inline constexpr std::chrono::milliseconds kAcceptPause{100};

namespace detail {
[[nodiscard]] inline bool is_one_of(std::error_code error, std::initializer_list<int> numbers) {
  return std::ranges::any_of(numbers, [&](int number) { return sys::is_errno(error, number); });
}
}  // namespace detail

// The connection ended before it was accepted (ECONNABORTED, EPROTO, ETIMEDOUT), a firewall forbids
// it (EPERM), or Linux passes on an error that the network has reported for it.
[[nodiscard]] inline bool is_transient_accept_error(std::error_code error) noexcept {
  return detail::is_one_of(error, {ECONNABORTED, EPROTO, ETIMEDOUT, EPERM, ENETDOWN, ENOPROTOOPT,
                                   EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH});
}

// This process (EMFILE) or the system (ENFILE) has reached its limit of descriptors. Only for these
// two errors does it help to close a descriptor.
[[nodiscard]] inline bool is_out_of_descriptors(std::error_code error) noexcept {
  return detail::is_one_of(error, {EMFILE, ENFILE});
}

// No descriptor, or no memory in the kernel (ENOBUFS, ENOMEM, ENOSR).
[[nodiscard]] inline bool is_resource_exhausted(std::error_code error) noexcept {
  return is_out_of_descriptors(error) || detail::is_one_of(error, {ENOBUFS, ENOMEM, ENOSR});
}

}  // namespace epoll
