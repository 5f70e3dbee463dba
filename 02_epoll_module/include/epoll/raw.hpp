// The seven functions that the originals put around epoll, on raw descriptors.
//
// They own nothing: the caller must close each descriptor, exactly once. That is their weakness,
// and the reason for unique_fd.hpp and poll.hpp, which the rest of the workbook uses. The seven
// stay because they show the whole of epoll on one page [epoll(7)].
#pragma once

#include <sys/epoll.h>

#include <cstdint>

#include "syscall/result.hpp"

namespace epoll {

// What a caller registers with a descriptor and gets back with its events: the `u64` of epoll_data.
using Key = std::uint64_t;

// After one event the registration is disabled until modify_interest re-arms it [epoll_ctl(2),
// EPOLLONESHOT].
inline constexpr std::uint32_t kReadFlags = static_cast<std::uint32_t>(EPOLLONESHOT) | EPOLLIN;
inline constexpr std::uint32_t kWriteFlags = static_cast<std::uint32_t>(EPOLLONESHOT) | EPOLLOUT;

// A new epoll instance. It is not inherited through execve: the flag is set by the same call that
// makes the descriptor, so no other thread can fork in between [epoll_create1(2)].
[[nodiscard]] sys::Result<int> epoll_create();

// Registers `fd`. EEXIST if it is registered with this epoll already, EPERM if it is a file or
// directory, which is always ready [epoll_ctl(2)].
[[nodiscard]] sys::Result<> add_interest(int epoll_fd, int fd, epoll_event event);

// Replaces the flags and the key of a registered descriptor, re-arms a one-shot registration, and
// reports again what is ready already. ENOENT if `fd` is not registered.
[[nodiscard]] sys::Result<> modify_interest(int epoll_fd, int fd, epoll_event event);

// Deregisters `fd`. ENOENT if it is not registered. Closing the last descriptor of a file
// deregisters it, too; a duplicate keeps the registration alive [epoll(7), Questions 6].
[[nodiscard]] sys::Result<> remove_interest(int epoll_fd, int fd);

// Closes `fd`. An error is ignored: there is nothing that a caller could do, and closing it again
// would be wrong.
void close(int fd);

// One-shot events for reading and for writing.
[[nodiscard]] epoll_event listener_read_event(Key key);
[[nodiscard]] epoll_event listener_write_event(Key key);

}  // namespace epoll
