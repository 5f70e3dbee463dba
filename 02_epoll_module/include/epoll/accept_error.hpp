// What a server does when accept fails: one policy for all servers [accept(2), "ERRORS" and "Error
// handling"].
//
//   would_block(error)                EAGAIN: the queue is empty. Wait until the listener is readable
//   is_transient_accept_error(error)  one client has left, or the network says something about it:
//                                     accept the next one at once
//   is_resource_exhausted(error)      no descriptor or no memory. The client stays in the queue and
//                                     the listener stays readable, so trying again at once is a busy
//                                     loop: wait for kAcceptPause, since no event tells when there is
//                                     room again
//   any other                         EBADF, EFAULT, EINVAL, ENOTSOCK, ...: the listener is broken
//
// EINTR is none of them: TcpListener and UnixListener repeat the call themselves.
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <initializer_list>

#include "syscall/result.hpp"

namespace epoll {

// How long a listener is left alone when there is no room for a client.
inline constexpr std::chrono::milliseconds kAcceptPause{100};

namespace detail {
[[nodiscard]] inline bool is_one_of(std::error_code error, std::initializer_list<int> numbers) {
  return std::ranges::any_of(numbers, [&](int number) { return sys::is_errno(error, number); });
}
}  // namespace detail

// The connection ended before its turn (ECONNABORTED, EPROTO, ETIMEDOUT), a firewall forbids it
// (EPERM), or Linux hands on an error that the network has reported for it.
[[nodiscard]] inline bool is_transient_accept_error(std::error_code error) noexcept {
  return detail::is_one_of(error, {ECONNABORTED, EPROTO, ETIMEDOUT, EPERM, ENETDOWN, ENOPROTOOPT,
                                   EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH});
}

// This process (EMFILE) or the system (ENFILE) has as many descriptors as it may have. Only then does
// it help to give one up.
[[nodiscard]] inline bool is_out_of_descriptors(std::error_code error) noexcept {
  return detail::is_one_of(error, {EMFILE, ENFILE});
}

// No descriptor, or no memory in the kernel (ENOBUFS, ENOMEM, ENOSR).
[[nodiscard]] inline bool is_resource_exhausted(std::error_code error) noexcept {
  return is_out_of_descriptors(error) || detail::is_one_of(error, {ENOBUFS, ENOMEM, ENOSR});
}

}  // namespace epoll
