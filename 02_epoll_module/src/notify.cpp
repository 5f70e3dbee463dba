#include "epoll/notify.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>

#include "epoll/command_line.hpp"
#include "epoll/unix_address.hpp"
#include "epoll/unix_datagram.hpp"

namespace epoll {
sys::Result<> notify_manager(std::string_view lines) {
  const char* const where = std::getenv("NOTIFY_SOCKET");
  if (where == nullptr) return {};
  const std::string_view text(where);
  if (!text.starts_with('/') && !text.starts_with('@')) return sys::failure(EAFNOSUPPORT);
  const auto manager = UnixAddress::parse(text);
  SYS_TRY(manager);
  const auto socket = UnixDatagram::unbound();
  SYS_TRY(socket);
  return socket->send_to(std::as_bytes(std::span(lines)), *manager);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const char* const interval = std::getenv("WATCHDOG_USEC");
  const char* const pid = std::getenv("WATCHDOG_PID");
  std::int64_t microseconds = 0;
  pid_t process = ::getpid();
  if (interval == nullptr || !number_into(microseconds, std::int64_t{1})(interval))
    return std::nullopt;
  if (pid != nullptr && (!number_into(process)(pid) || process != ::getpid())) return std::nullopt;
  return std::chrono::microseconds(microseconds);
}

}  // namespace epoll
