// What a system call gives back: a value, or the reason why there is none.
//
// The kernel reports an error in the return value, the C library moves it into errno [errno(3)],
// and errno belongs to whichever call failed last. A `Result` carries the error with it instead, so
// that it cannot be overwritten, and cannot be read by a caller that forgot to look whether there
// was one.
#pragma once

#include <cerrno>
#include <expected>
#include <system_error>
#include <utility>

namespace sys {

// A T, or the error that took its place. Errors of the kernel are errno values in the generic
// category, so `error == std::errc::connection_reset` reads as it should.
template <class T = void>
using Result = std::expected<T, std::error_code>;

// The error code of an errno value.
[[nodiscard]] inline std::error_code error_code(int error_number) noexcept {
  return {error_number, std::generic_category()};
}

// What a function that returns a Result returns when it fails:
//   return sys::failure(EINVAL);   return sys::failure(std::errc::timed_out);
[[nodiscard]] inline std::unexpected<std::error_code> failure(int error_number) noexcept {
  return std::unexpected(error_code(error_number));
}
[[nodiscard]] inline std::unexpected<std::error_code> failure(std::errc error) noexcept {
  return std::unexpected(std::make_error_code(error));
}
[[nodiscard]] inline std::unexpected<std::error_code> failure(std::error_code error) noexcept {
  return std::unexpected(error);
}

// #region try
// Returns the error from the function around it if there is one, and goes on if there is none. Rust
// writes `?` for it. It is a macro because no function can return from its caller.
//   auto fd = make_socket(AF_INET, SOCK_STREAM);
//   SYS_TRY(fd);                                      here *fd is a descriptor
//   SYS_TRY(sys::call<::listen>(fd->get(), backlog));
#define SYS_TRY(...)                                             \
  if (const auto& result_of_try = (__VA_ARGS__); !result_of_try) \
  return std::unexpected(result_of_try.error())
// #endregion try

// The same outcome without the value, for calls like epoll_ctl(2) whose 0 says nothing more than
// "done".
template <class T>
[[nodiscard]] Result<> without_value(const Result<T>& result) noexcept {
  SYS_TRY(result);
  return {};
}

// How it went: the error, or none (an error_code of 0) where there is a value. `result.error()` may
// only be asked when there is one.
template <class T>
[[nodiscard]] std::error_code error_of(const Result<T>& result) noexcept {
  return result ? std::error_code() : result.error();
}

// True if `error` is this errno value. The same as `error == std::errc::...`, in two comparisons
// instead of two virtual calls: for what is asked at the end of every read.
[[nodiscard]] inline bool is_errno(std::error_code error, int error_number) noexcept {
  return error.value() == error_number && &error.category() == &std::generic_category();
}

// True for the error of a non-blocking descriptor that has nothing to give or no room to take, now.
// It is no failure: wait until the descriptor is ready and try again. POSIX allows two names for it,
// EAGAIN and EWOULDBLOCK, and lets them differ [read(2)]; on Linux they are one number.
[[nodiscard]] inline bool would_block(std::error_code error) noexcept {
  return is_errno(error, EAGAIN) || is_errno(error, EWOULDBLOCK);
}

// True if a signal handler ran before the call could do anything [signal(7), "Interruption of
// system calls"]. Nothing has happened yet, so trying again loses nothing; close(2) is the one
// exception, see call_uninterrupted.
[[nodiscard]] inline bool interrupted(std::error_code error) noexcept {
  return is_errno(error, EINTR);
}

}  // namespace sys
