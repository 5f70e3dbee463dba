// What a service tells its manager [sd_notify(3)].
//
//   READY=1        it serves. Only then does a unit of Type=notify count as started
//   STOPPING=1     it has begun to end
//   STATUS=text    a line for `systemctl status`
//   WATCHDOG=1     it is alive; see watchdog_interval
//
// A message is a datagram with such lines, to the Unix socket that the variable NOTIFY_SOCKET names: a
// path, or an abstract name behind "@".
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "syscall/result.hpp"

namespace epoll {

// Sends `lines`. Without NOTIFY_SOCKET there is no manager that would hear them, and that is no error.
// EAFNOSUPPORT for an address of another kind ("vsock:..."); others as of UnixDatagram::send_to, would_block
// among them. A service can go on after each of them.
[[nodiscard]] sys::Result<> notify_manager(std::string_view lines);

// How long the manager waits for one WATCHDOG=1 after the other before it ends the service
// [sd_watchdog_enabled(3)]; nullopt if it does not. Send it twice as often.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace epoll
