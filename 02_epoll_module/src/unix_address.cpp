#include "epoll/unix_address.hpp"

#include <algorithm>
#include <cstring>

#include "syscall/call.hpp"

namespace epoll {
namespace {

constexpr socklen_t kNameAt = offsetof(sockaddr_un, sun_path);

template <auto Function>
sys::Result<UnixAddress> unix_address_from(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const raw = reinterpret_cast<sockaddr*>(&storage);
  SYS_TRY(sys::call<Function>(fd, raw, &length));
  return UnixAddress::from_raw(raw, length);
}

}  // namespace

UnixAddress::UnixAddress() noexcept : raw_{}, size_(kNameAt) {
  raw_.sun_family = AF_UNIX;
}

sys::Result<UnixAddress> UnixAddress::path(std::string_view path) {
  if (path.empty() || path.contains('\0')) return sys::failure(EINVAL);
  if (path.size() > kMaxLength) return sys::failure(ENAMETOOLONG);
  UnixAddress address;
  path.copy(address.raw_.sun_path, path.size());
  address.size_ = kNameAt + static_cast<socklen_t>(path.size()) + 1;  // with the NUL at its end
  return address;
}

sys::Result<UnixAddress> UnixAddress::abstract(std::string_view name) {
  if (name.empty()) return sys::failure(EINVAL);
  if (name.size() > kMaxLength) return sys::failure(ENAMETOOLONG);
  UnixAddress address;
  name.copy(address.raw_.sun_path + 1, name.size());  // after the NUL that says "no path"
  address.size_ = kNameAt + 1 + static_cast<socklen_t>(name.size());
  return address;
}

sys::Result<UnixAddress> UnixAddress::parse(std::string_view text) {
  return text.starts_with('@') ? abstract(text.substr(1)) : path(text);
}

sys::Result<UnixAddress> UnixAddress::from_raw(const sockaddr* address, socklen_t length) {
  if (length == 0) return UnixAddress();  // what recvfrom writes of a sender without a name
  if (length < sizeof address->sa_family) return sys::failure(EINVAL);
  if (address->sa_family != AF_UNIX) return sys::failure(EAFNOSUPPORT);
  UnixAddress result;
  // Of a path that fills all 108 bytes, bound by another program, the kernel reports a size with
  // one more for the NUL that had no room [unix(7), BUGS].
  const auto size = std::min<socklen_t>(length, sizeof result.raw_);
  std::memcpy(&result.raw_, address, size);
  result.size_ = std::max(size, kNameAt);
  return result;
}

std::string_view UnixAddress::name() const noexcept {
  const std::string_view field(raw_.sun_path, size_ - kNameAt);
  if (is_path()) return field.substr(0, field.find('\0'));
  return field.empty() ? field : field.substr(1);
}

std::string UnixAddress::to_string() const {
  if (is_abstract()) return '@' + std::string(name());
  if (is_path() && name().starts_with('@')) return "./" + std::string(name());
  return std::string(name());
}

sys::Result<UnixAddress> unix_local_address_of(int fd) {
  return unix_address_from<::getsockname>(fd);
}

sys::Result<UnixAddress> unix_peer_address_of(int fd) {
  return unix_address_from<::getpeername>(fd);
}

}  // namespace epoll
