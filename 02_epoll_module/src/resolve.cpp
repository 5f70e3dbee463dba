#include "epoll/resolve.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace epoll {
namespace {

class ResolveCategory : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "resolve"; }
  [[nodiscard]] std::string message(int error) const override { return gai_strerror(error); }
};

}  // namespace

const std::error_category& resolve_category() noexcept {
  static const ResolveCategory category;
  return category;
}

sys::Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  // A library function, not a system call: it returns an error number of its own kind, and only
  // EAI_SYSTEM means errno.
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error == EAI_SYSTEM) return sys::failure(errno);
  if (error != 0) return sys::failure(std::error_code(error, resolve_category()));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);

  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    const auto address = SocketAddress::from_raw(entry->ai_addr, entry->ai_addrlen);
    // /etc/hosts may name one several times: each is tried once.
    if (address && std::ranges::find(addresses, *address) == addresses.end())
      addresses.push_back(*address);
  }
  if (addresses.empty()) return sys::failure(std::error_code(EAI_NONAME, resolve_category()));
  return addresses;
}

std::vector<SocketAddress> families_in_turns(const std::vector<SocketAddress>& addresses) {
  std::vector<SocketAddress> of_first;
  std::vector<SocketAddress> of_others;
  for (const SocketAddress& address : addresses)
    (address.family() == addresses.front().family() ? of_first : of_others).push_back(address);
  std::vector<SocketAddress> mixed;
  for (std::size_t i = 0; mixed.size() < addresses.size(); ++i) {
    if (i < of_first.size()) mixed.push_back(of_first[i]);
    if (i < of_others.size()) mixed.push_back(of_others[i]);
  }
  return mixed;
}

}  // namespace epoll
