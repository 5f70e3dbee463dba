#include "epoll/activation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "epoll/command_line.hpp"
#include "syscall/call.hpp"

namespace epoll {
namespace {

constexpr int kFirst = 3;  // behind standard input, output and error
constexpr std::size_t kMost = 1024;

std::optional<std::string> take_variable(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  std::string value(text);
  ::unsetenv(name);
  return value;
}

// "a:b" is two names, and "" is one that is empty, as the manager writes it.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t colon = text.find(':');
    names.emplace_back(text.substr(0, colon));
    if (colon == text.npos) return names;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

sys::Result<std::vector<PassedSocket>> take_passed_sockets() {
  const auto pid = take_variable("LISTEN_PID");
  const auto fds = take_variable("LISTEN_FDS");
  const auto fd_names = take_variable("LISTEN_FDNAMES");
  std::vector<PassedSocket> sockets;
  if (!pid || !fds) return sockets;
  pid_t process = 0;
  std::size_t count = 0;
  if (!number_into(process)(*pid) || !number_into(count, std::size_t{0}, kMost)(*fds))
    return sys::failure(EINVAL);
  if (process != ::getpid()) return sockets;
  std::vector<std::string> names(count, "unknown");
  if (fd_names && count > 0) names = split(*fd_names);
  if (names.size() != count) return sys::failure(EINVAL);
  for (int fd = kFirst; std::string & name : names) {
    SYS_TRY(sys::call<::fcntl>(fd, F_SETFD, FD_CLOEXEC));
    sockets.push_back({std::move(name), UniqueFd(fd++)});
  }
  return sockets;
}

}  // namespace epoll
