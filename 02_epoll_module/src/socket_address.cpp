#include "epoll/socket_address.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <cstring>

namespace epoll {
namespace {

// A zone is an interface, by name or by number; 0 if there is none of that name [netdevice(7)].
std::uint32_t zone_index(const std::string& zone) {
  std::uint32_t index = 0;
  const auto [stopped, error] = std::from_chars(zone.data(), zone.data() + zone.size(), index);
  if (error == std::errc{} && stopped == zone.data() + zone.size()) return index;
  return if_nametoindex(zone.c_str());
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return port;
}

SocketAddress::SocketAddress() noexcept {
  std::memset(&storage_, 0, sizeof storage_);
  storage_.v4.sin_family = AF_INET;
}

SocketAddress SocketAddress::any(std::uint16_t port) noexcept {
  SocketAddress address;
  address.storage_.v4.sin_port = htons(port);
  return address;
}

SocketAddress SocketAddress::loopback(std::uint16_t port) noexcept {
  SocketAddress address = any(port);
  address.storage_.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

SocketAddress SocketAddress::loopback_v6(std::uint16_t port) noexcept {
  SocketAddress address;
  address.storage_.v6 = sockaddr_in6{};
  address.storage_.v6.sin6_family = AF_INET6;
  address.storage_.v6.sin6_port = htons(port);
  address.storage_.v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  return address;
}

sys::Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return sys::failure(std::errc::invalid_argument);
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return sys::failure(std::errc::invalid_argument);
  std::string host(text.substr(0, colon));
  // inet_pton reads up to the first NUL, so "127.0.0.1" with one behind it must not get there.
  if (host.contains('\0')) return sys::failure(std::errc::invalid_argument);

  if (!host.starts_with('[')) {
    SocketAddress address = any(*port);
    if (inet_pton(AF_INET, host.c_str(), &address.storage_.v4.sin_addr) != 1)
      return sys::failure(std::errc::invalid_argument);
    return address;
  }

  if (!host.ends_with(']')) return sys::failure(std::errc::invalid_argument);
  host = host.substr(1, host.size() - 2);
  SocketAddress address = loopback_v6(*port);
  if (const std::size_t percent = host.find('%'); percent != host.npos) {
    address.storage_.v6.sin6_scope_id = zone_index(host.substr(percent + 1));
    if (address.storage_.v6.sin6_scope_id == 0) return sys::failure(std::errc::invalid_argument);
    host.resize(percent);
  }
  if (inet_pton(AF_INET6, host.c_str(), &address.storage_.v6.sin6_addr) != 1)
    return sys::failure(std::errc::invalid_argument);
  return address;
}

sys::Result<SocketAddress> SocketAddress::from_raw(const sockaddr* raw, socklen_t length) {
  SocketAddress address;
  if (length < sizeof raw->sa_family) return sys::failure(std::errc::invalid_argument);
  const std::size_t wanted = raw->sa_family == AF_INET    ? sizeof address.storage_.v4
                             : raw->sa_family == AF_INET6 ? sizeof address.storage_.v6
                                                          : 0;
  if (wanted == 0) return sys::failure(std::errc::address_family_not_supported);
  if (length < wanted) return sys::failure(std::errc::invalid_argument);
  std::memcpy(&address.storage_, raw, wanted);
  return address;
}

std::uint16_t SocketAddress::port() const noexcept {
  return ntohs(family() == AF_INET6 ? storage_.v6.sin6_port : storage_.v4.sin_port);
}

socklen_t SocketAddress::size() const noexcept {
  return family() == AF_INET6 ? sizeof storage_.v6 : sizeof storage_.v4;
}

std::string SocketAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text, sizeof text);
    std::string host = text;
    if (const auto zone = storage_.v6.sin6_scope_id; zone != 0) host += '%' + std::to_string(zone);
    return '[' + host + "]:" + std::to_string(port());
  }
  inet_ntop(AF_INET, &storage_.v4.sin_addr, text, sizeof text);
  return std::string(text) + ':' + std::to_string(port());
}

bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  if (a.family() == AF_INET) return a.storage_.v4.sin_addr.s_addr == b.storage_.v4.sin_addr.s_addr;
  return a.storage_.v6.sin6_scope_id == b.storage_.v6.sin6_scope_id &&
         std::memcmp(&a.storage_.v6.sin6_addr, &b.storage_.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

}  // namespace epoll
