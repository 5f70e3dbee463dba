// What a service reports to its manager [sd_notify(3)].
//
//   READY=1        it serves. Only then does a unit of Type=notify count as started
//   STOPPING=1     it has begun to shut down
//   STATUS=text    a line for `systemctl status`
//   WATCHDOG=1     it is alive; see watchdog_interval
//
// A message is a datagram of such lines to the Unix socket that the environment variable
// NOTIFY_SOCKET names: a path, or an abstract name after an "@".
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "syscall/result.hpp"

namespace epoll {

// Sends `lines`. Without NOTIFY_SOCKET there is no manager that expects them: nothing is sent, and
// that is no error. EAFNOSUPPORT for an address of another kind ("vsock:..."); otherwise the errors
// of UnixDatagram::send_to, including would_block. A service can continue after any of them.
[[nodiscard]] sys::Result<> notify_manager(std::string_view lines);

// How long the manager waits between one WATCHDOG=1 and the next before it ends the service
// [sd_watchdog_enabled(3)]; nullopt if it does not watch the service. Send it twice as often.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace epoll
