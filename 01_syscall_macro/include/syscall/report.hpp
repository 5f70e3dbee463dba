// How a program reports that something has failed, in one place and one form.
#pragma once

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace sys {

// The message of an exception: its what(), or "no memory" for bad_alloc. Neither allocates nor
// throws. The text belongs to the exception, and is valid for as long as `exception` refers to it.
[[nodiscard]] inline const char* describe(const std::exception_ptr& exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return "no memory";
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

// For a main function that cannot continue: writes a line to standard error, and returns the exit
// status, 1.
//
//   if (!listener) return sys::fail("cannot listen on " + address, listener.error());
[[nodiscard]] inline int fail(std::string_view message) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}
[[nodiscard]] inline int fail(std::string_view what, std::error_code why) {
  return fail(std::string(what) + ": " + why.message());
}

}  // namespace sys
