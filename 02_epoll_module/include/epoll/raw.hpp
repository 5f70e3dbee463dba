// The seven functions that the originals put around epoll, on raw descriptors.
//
// They own nothing: the caller must close the numbers, once. That is their trouble, and the
// reason for unique_fd.hpp and poll.hpp; the rest of the workbook uses those. The seven stay because
// they are the whole of epoll on one page [epoll(7)].
#pragma once

#include <sys/epoll.h>

#include <cstdint>

#include "syscall/result.hpp"

namespace epoll {

// What a caller writes beside a descriptor and gets back with its events: the `u64` of epoll_data.
using Key = std::uint64_t;

// After one event the registration sleeps until modify_interest wakes it [epoll_ctl(2), EPOLLONESHOT].
inline constexpr std::uint32_t kReadFlags = static_cast<std::uint32_t>(EPOLLONESHOT) | EPOLLIN;
inline constexpr std::uint32_t kWriteFlags = static_cast<std::uint32_t>(EPOLLONESHOT) | EPOLLOUT;

// A new epoll instance. It is not inherited through execve: the flag is set by the same call that
// makes the descriptor, so no other thread can fork in between [epoll_create1(2)].
[[nodiscard]] sys::Result<int> epoll_create();

// Starts watching `fd`. EEXIST if this epoll already watches it, EPERM if it is a file or directory,
// which is always ready [epoll_ctl(2)].
[[nodiscard]] sys::Result<> add_interest(int epoll_fd, int fd, epoll_event event);

// Replaces flags and key of a watched descriptor, wakes a one-shot registration, and reports anew
// what is ready already. ENOENT if `fd` is not watched.
[[nodiscard]] sys::Result<> modify_interest(int epoll_fd, int fd, epoll_event event);

// Stops watching. ENOENT if `fd` is not watched. Closing the last descriptor of a file does the
// same by itself; a duplicate keeps the registration alive [epoll(7), Questions 6].
[[nodiscard]] sys::Result<> remove_interest(int epoll_fd, int fd);

// Closes `fd`. An error is dropped: there is nothing a caller could do, least of all close it again.
void close(int fd);

// One-shot events for reading and for writing.
[[nodiscard]] epoll_event listener_read_event(Key key);
[[nodiscard]] epoll_event listener_write_event(Key key);

}  // namespace epoll
