// Errors that are the runtime's own. Those of the kernel are errno values, see syscall/result.hpp,
// and an operation whose task was asked to stop ends with std::errc::operation_canceled.
#pragma once

#include <system_error>

namespace async {

enum class Errc {
  already_waiting = 1,  // another task waits for the same thing, and there is room for one only
  closed,               // a channel whose other side is gone, and that is empty
  cut_short,            // the stream has ended before what was waited for was there
  other_runtime,        // the task belongs to another runtime; let it answer through a channel
};

// So that `error == async::Errc::closed` reads as it should.
[[nodiscard]] const std::error_category& error_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc error) noexcept {
  return {static_cast<int>(error), error_category()};
}

}  // namespace async

template <>
struct std::is_error_code_enum<async::Errc> : std::true_type {};
