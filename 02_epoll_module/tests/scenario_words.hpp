// How the scenarios of this step name flags and errors.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "epoll/unique_fd.hpp"

namespace scenario {

inline constexpr std::array<std::pair<const char*, std::uint32_t>, 7> kFlags{
    {{"IN", EPOLLIN},
     {"OUT", EPOLLOUT},
     {"ERR", EPOLLERR},
     {"HUP", EPOLLHUP},
     {"RDHUP", EPOLLRDHUP},
     {"ET", EPOLLET},
     {"ONESHOT", EPOLLONESHOT}}};

// "5 IN ET"
inline std::string with_flags(std::string text, std::uint32_t bits) {
  for (const auto& [name, bit] : kFlags)
    if ((bits & bit) != 0) text.append(text.empty() ? "" : " ").append(name);
  return text;
}
// What a scenario calls this result: success, or the name of the error.
inline std::string outcome(std::ptrdiff_t result, std::string success = "ok") {
  static const std::map<int, std::string> names{
      {EAGAIN, "EAGAIN"}, {EBADF, "EBADF"},   {ECONNRESET, "ECONNRESET"},
      {EEXIST, "EEXIST"}, {ENOENT, "ENOENT"}, {ENOTCONN, "ENOTCONN"},
      {EPIPE, "EPIPE"}};
  if (result >= 0) return success;
  const auto name = names.find(errno);
  return name == names.end() ? "errno " + std::to_string(errno) : name->second;
}
// The same for a number of bytes.
inline std::string count_or_error(std::ptrdiff_t count) {
  return outcome(count, std::to_string(count));
}
// All that an entry for this descriptor could report now.
inline std::string bits_of(int fd) {
  const epoll::UniqueFd instance(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP, .data = {}};
  if (::epoll_ctl(instance.get(), EPOLL_CTL_ADD, fd, &event) < 0) return outcome(-1);
  const int count = ::epoll_wait(instance.get(), &event, 1, 0);
  return count == 1 ? with_flags("", event.events) : "-";
}

}  // namespace scenario
