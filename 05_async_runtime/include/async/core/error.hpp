// The runtime's own errors. Errors of the kernel are errno values, see syscall/result.hpp; an
// operation whose task was asked to stop ends with std::errc::operation_canceled.
#pragma once

#include <system_error>

namespace async {

enum class Errc {
  already_waiting = 1,  // another task already waits for the same thing, and only one may
  closed,               // the channel's other side is gone, and the channel is empty
  cut_short,            // the stream ended before the awaited data was complete
  other_runtime,        // the task belongs to another runtime; let it answer through a channel
};

// Makes `error == async::Errc::closed` compile.
[[nodiscard]] const std::error_category& error_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc error) noexcept {
  return {static_cast<int>(error), error_category()};
}

}  // namespace async

template <>
struct std::is_error_code_enum<async::Errc> : std::true_type {};
