// The address of an IP socket: IP address and port [ip(7), ipv6(7)].
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "syscall/result.hpp"

namespace epoll {

// A port by itself, as given on a command line. The whole text must be a decimal number from 0 to
// 65535; nullopt for anything else.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

class SocketAddress {
 public:
  // 0.0.0.0:0.
  SocketAddress() noexcept;

  // "127.0.0.1:8080" or "[::1]:8080"; a zone may follow an IPv6 address ("[fe80::1%eth0]:80").
  // Numbers only, no names (resolving one can block). EINVAL for anything else.
  [[nodiscard]] static sys::Result<SocketAddress> parse(std::string_view text);

  // 127.0.0.1 and ::1: this machine, not reachable from outside. Port 0 lets the kernel choose.
  [[nodiscard]] static SocketAddress loopback(std::uint16_t port) noexcept;
  [[nodiscard]] static SocketAddress loopback_v6(std::uint16_t port) noexcept;
  // Every address of this machine.
  [[nodiscard]] static SocketAddress any(std::uint16_t port) noexcept;

  // From the bytes that accept4, getsockname or getaddrinfo wrote. EAFNOSUPPORT unless AF_INET or
  // AF_INET6, EINVAL if `length` is too short for the family.
  [[nodiscard]] static sys::Result<SocketAddress> from_raw(const sockaddr* address,
                                                           socklen_t length);

  [[nodiscard]] int family() const noexcept { return storage_.any.sa_family; }  // AF_INET, AF_INET6
  [[nodiscard]] std::uint16_t port() const noexcept;                            // host byte order
  [[nodiscard]] std::string to_string() const;  // the form that `parse` reads

  // For system calls.
  [[nodiscard]] const sockaddr* data() const noexcept { return &storage_.any; }
  [[nodiscard]] socklen_t size() const noexcept;

  friend bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept;

 private:
  union Storage {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_;
};

}  // namespace epoll
