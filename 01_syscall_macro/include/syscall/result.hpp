// What a system call gives back: a value, or the error that took its place.
//
// The kernel reports an error in the return value, the C library moves it into errno [errno(3)],
// and a later call may change errno. A `Result` carries the error itself instead: no later call can
// overwrite it, and value() throws where a check was forgotten.
#pragma once

#include <cerrno>
#include <expected>
#include <system_error>
#include <utility>

namespace sys {

// A T, or the error that took its place. Kernel errors are errno values in the generic category, so
// that `error == std::errc::connection_reset` works as expected.
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
// If there is an error, returns it from the enclosing function; otherwise execution continues. In
// Rust this is `?`. It is a macro because no function can make its caller return.
//   auto fd = make_socket(AF_INET, SOCK_STREAM);
//   SYS_TRY(fd);                                      here *fd is a descriptor
//   SYS_TRY(sys::call<::listen>(fd->get(), backlog));
#define SYS_TRY(...)                                             \
  if (const auto& result_of_try = (__VA_ARGS__); !result_of_try) \
  return std::unexpected(result_of_try.error())
// #endregion try

// The same outcome without the value, for calls such as epoll_ctl(2), whose 0 means nothing more
// than "done".
template <class T>
[[nodiscard]] Result<> without_value(const Result<T>& result) noexcept {
  SYS_TRY(result);
  return {};
}

// The error, or an error_code of 0 where there is a value. `result.error()` itself may be called
// only when there is an error.
template <class T>
[[nodiscard]] std::error_code error_of(const Result<T>& result) noexcept {
  return result ? std::error_code() : result.error();
}

// True if `error` is this errno value. It gives the same answer as `error == std::errc::...`, but
// with two comparisons instead of two virtual calls, because every read ends with this question.
[[nodiscard]] inline bool is_errno(std::error_code error, int error_number) noexcept {
  return error.value() == error_number && &error.category() == &std::generic_category();
}

// True if a non-blocking descriptor has nothing to read, or no room to write into, at the moment.
// This is not a failure: wait until the descriptor is ready and try again. POSIX allows two names
// for it, EAGAIN and EWOULDBLOCK, and lets them differ [read(2)]; on Linux they are one number.
[[nodiscard]] inline bool would_block(std::error_code error) noexcept {
  return is_errno(error, EAGAIN) || is_errno(error, EWOULDBLOCK);
}

// True if a signal handler interrupted the call before it could do anything [signal(7),
// "Interruption of system calls"]. Trying again then loses nothing. The exceptions are close(2) and
// connect(2), which must not be repeated: see Manners in doors.hpp.
[[nodiscard]] inline bool interrupted(std::error_code error) noexcept {
  return is_errno(error, EINTR);
}

}  // namespace sys
