// The address of a Unix socket: a path, or a name that is not a file [unix(7)].
//
//                 a path                             an abstract name
//   written       run/app.sock                       @app
//   is            a file, made by bind               known to the kernel alone
//   open to       users that may write to the file   all in the same network namespace
//   vanishes      when it is unlinked                with the last socket that has it
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "syscall/result.hpp"

namespace epoll {

class UnixAddress {
 public:
  // The longest path or name, in bytes: the field has 108 bytes, one of which ends a path or begins
  // an abstract name. A socket with a longer path can be reached by a shorter one from a directory
  // closer to it.
  static constexpr std::size_t kMaxLength = sizeof(sockaddr_un::sun_path) - 1;

  // No name: the address of a socket that was never bound, which is the case for most clients.
  // Binding to it means "any abstract name that is free", as port 0 does for a port [unix(7),
  // Autobind].
  UnixAddress() noexcept;

  // ENAMETOOLONG above kMaxLength bytes; EINVAL if it is empty, or a path with a NUL inside. An
  // abstract name may contain any bytes.
  [[nodiscard]] static sys::Result<UnixAddress> path(std::string_view path);
  [[nodiscard]] static sys::Result<UnixAddress> abstract(std::string_view name);

  // "@name" is abstract, anything else a path ("./@name" for a file of that name).
  [[nodiscard]] static sys::Result<UnixAddress> parse(std::string_view text);

  // From the bytes that getsockname or recvfrom wrote. EAFNOSUPPORT unless AF_UNIX, EINVAL if
  // `length` has no room for a family.
  [[nodiscard]] static sys::Result<UnixAddress> from_raw(const sockaddr* address, socklen_t length);

  [[nodiscard]] bool is_unnamed() const noexcept { return name().empty(); }
  [[nodiscard]] bool is_abstract() const noexcept { return !is_unnamed() && !is_path(); }
  [[nodiscard]] bool is_path() const noexcept { return raw_.sun_path[0] != '\0'; }

  // The path, or the abstract name without its "@".
  [[nodiscard]] std::string_view name() const noexcept;
  [[nodiscard]] std::string to_string() const;  // the form that `parse` reads; "" if unnamed

  // For system calls. The size matters: in an abstract name every byte up to it is part of the
  // name, so that sizeof(sockaddr_un) would bind another name, one with trailing NULs.
  [[nodiscard]] const sockaddr* data() const noexcept {
    return reinterpret_cast<const sockaddr*>(&raw_);
  }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }

  friend bool operator==(const UnixAddress& a, const UnixAddress& b) noexcept {
    return a.is_path() == b.is_path() && a.name() == b.name();
  }

 private:
  sockaddr_un raw_;
  socklen_t size_;  // how many of its bytes are used
};

// The address that a socket is bound to, and that of its peer [getsockname(2), getpeername(2)].
[[nodiscard]] sys::Result<UnixAddress> unix_local_address_of(int fd);
[[nodiscard]] sys::Result<UnixAddress> unix_peer_address_of(int fd);

}  // namespace epoll
