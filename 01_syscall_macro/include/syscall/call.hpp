// One door to the kernel.
//
//   sys::Result<int> fd = sys::call<::epoll_create1>(EPOLL_CLOEXEC);
//   SYS_TRY(fd);
//
// The function is a template argument, not a function argument. There is therefore no indirect
// call, each function has a `call` of its own whose name is known at compile time, and one observer
// can count any of them, or make it fail (see observer.hpp).
//
// Functions report their errors in four ways, and each way has one door. A call compiles only
// through the door of its function; a function that doors.hpp does not list has no door and does
// not compile.
//
//   returns                                   example          door
//   -1, errno holds the error                 read, fcntl      call<f>
//   a pointer; MAP_FAILED, errno holds it     mmap             call_mapping<f>
//   the error number itself, errno untouched  posix_spawn,     call_status<f>
//                                             getpwnam_r
//   any value, even -1; errno decides         getpriority      call_clearing_errno<f>
//   an error number of its own kind           getaddrinfo      none: not an errno
#pragma once

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <concepts>
#include <string_view>
#include <type_traits>

#include "syscall/doors.hpp"
#include "syscall/observer.hpp"
#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace sys {

// #region name_of
// The name of a function, as a constant: name_of<::read>() == "read". The language has no means to
// obtain it, but both compilers print it into __PRETTY_FUNCTION__:
//   g++      constexpr std::string_view sys::name_of() [with auto Function = read; ...]
//   clang++  std::string_view sys::name_of() [Function = &read]
template <auto Function>
[[nodiscard]] constexpr std::string_view name_of() noexcept {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("Function = ") + std::string_view("Function = ").size());
  if (text.starts_with('&')) text.remove_prefix(1);
  return text.substr(0, text.find_first_of(";]"));
}
// #endregion name_of

// What is known about a function: its door, and whether it may be repeated after EINTR. A program
// specializes this variable for functions that doors.hpp does not list.
template <auto Function>
inline constexpr Manners manners_of = detail::known_manners(name_of<Function>());

namespace detail {

// What `Function` returns for these arguments: a variadic function, such as fcntl, can be called
// with different ones.
template <auto Function, class... Args>
using Returned = std::invoke_result_t<decltype(Function), Args...>;

// What may be passed to the kernel: numbers and pointers. (A class passed to a variadic function
// would compile, but not to what was meant.)
template <class T>
concept Passable =
    std::integral<T> || std::is_enum_v<T> || std::is_pointer_v<T> || std::is_null_pointer_v<T>;

// #region run
// The call itself. For a function that may return -1 as a valid result, only an errno that was 0
// before the call can tell an error from that result.
template <auto Function, class... Args>
auto make_call(Args... args) noexcept {
  if constexpr (manners_of<Function>.door == Door::clearing_errno) errno = 0;
  return Function(args...);
}

// Makes the call and passes its value to `error_of` at once, since the next call may change errno.
template <auto Function, class ErrorOf, class... Args>
auto run_unobserved(ErrorOf error_of, Args... args) noexcept
    -> Result<Returned<Function, Args...>> {
  const auto value = make_call<Function>(args...);
  if (const int error = error_of(value); error != 0) return failure(error);
  return value;
}

// Asks the observer. If it shortens a transfer, the call is made with the changed arguments.
int ask_before(std::string_view name, auto&...) noexcept {
  return observer->before(name);
}
template <class Byte, class... Flags>
int ask_before(std::string_view name, int& fd, Byte*&, std::size_t& size, Flags&...) noexcept {
  return observer->before_transfer(name, fd, size);
}
int ask_before(std::string_view name, int& fd, const msghdr*& message, int& flags) noexcept;

// Not inline: the observed path need not be fast, and the code at each call site stays short.
template <auto Function, class ErrorOf, class... Args>
[[gnu::noinline, gnu::cold]] auto run_observed(ErrorOf error_of, Args... args) noexcept
    -> Result<Returned<Function, Args...>> {
  constexpr std::string_view name = name_of<Function>();
  if (const int injected = ask_before(name, args...); injected != 0) {
    observer->after(name, injected);
    return failure(injected);
  }
  const auto result = run_unobserved<Function>(error_of, args...);
  observer->after(name, result ? 0 : result.error().value());  // may change errno; `result` has it
  return result;
}

template <auto Function, class ErrorOf, class... Args>
auto run(ErrorOf error_of, Args... args) noexcept -> Result<Returned<Function, Args...>> {
  if (observer != nullptr) [[unlikely]]
    return run_observed<Function>(error_of, args...);
  return run_unobserved<Function>(error_of, args...);
}
// #endregion run

}  // namespace detail

// What `call` takes: a function that returns -1 on error and never otherwise, and arguments of the
// types that the kernel accepts.
template <auto Function, class... Args>
concept SystemCall =
    (detail::Passable<Args> && ...) && std::signed_integral<detail::Returned<Function, Args...>> &&
    manners_of<Function>.door == Door::call;

// Calls Function(args...). A return value of -1 becomes the errno of this very call; every other
// value, including 0 and other negative values, is the result.
//
// A variadic function receives each argument with the type that is passed. Pass the type that its
// man page names: in `sys::call<::fcntl>(fd, F_SETFD, FD_CLOEXEC)` an int, and never a `long` where
// the page says int.
template <auto Function, class... Args>
  requires SystemCall<Function, Args...>
[[nodiscard]] auto call(Args... args) noexcept -> Result<detail::Returned<Function, Args...>> {
  const auto errno_of = [](auto value) noexcept -> int {
    // #region 1.1 errno_of
    return value == -1 ? errno : 0;
    // #endregion 1.1
  };
  return detail::run<Function>(errno_of, args...);
}

// The same, repeated for as long as the call fails with EINTR. It is for calls that have done
// nothing when a signal interrupts them, such as read, write, accept4, waitid. Others do not
// compile: close, connect, and all that take a relative timeout (epoll_wait, poll, nanosleep). The
// reasons are listed at Manners in doors.hpp.
template <auto Function, class... Args>
  requires SystemCall<Function, Args...> && (manners_of<Function>.repeatable)
[[nodiscard]] auto call_uninterrupted(Args... args) noexcept
    -> Result<detail::Returned<Function, Args...>> {
  // #region 1.2 call_uninterrupted
  while (true) {
    auto result = call<Function>(args...);
    if (result || !interrupted(result.error())) return result;
  }
  // #endregion 1.2
}

// For functions that return their error number and leave errno alone: posix_spawn, pthread_sigmask,
// getpwnam_r, sigwait.
template <auto Function, class... Args>
  requires std::same_as<detail::Returned<Function, Args...>, int> &&
           (manners_of<Function>.door == Door::status)
[[nodiscard]] auto call_status(Args... args) noexcept -> Result<> {
  const auto status_itself = [](int value) noexcept -> int {
    // #region 1.3 status_itself
    return value;
    // #endregion 1.3
  };
  return without_value(detail::run<Function>(status_itself, args...));
}

// For mmap and similar functions, which return a pointer: the error value is MAP_FAILED, not null
// [mmap(2)].
template <auto Function, class... Args>
  requires std::same_as<detail::Returned<Function, Args...>, void*> &&
           (manners_of<Function>.door == Door::mapping)
[[nodiscard]] auto call_mapping(Args... args) noexcept -> Result<void*> {
  return detail::run<Function>(
      [](const void* value) noexcept { return value == MAP_FAILED ? errno : 0; }, args...);
}

// For functions to which -1 is a valid result, such as getpriority(2): errno is set to 0 right
// before the call, and it alone decides afterwards whether the call failed.
template <auto Function, class... Args>
  requires(manners_of<Function>.door == Door::clearing_errno)
[[nodiscard]] auto call_clearing_errno(Args... args) noexcept
    -> Result<detail::Returned<Function, Args...>> {
  return detail::run<Function>([](auto value) noexcept { return value == -1 ? errno : 0; },
                               args...);
}

}  // namespace sys
