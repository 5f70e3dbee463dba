#include "epoll/proxy_protocol.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace epoll {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kFixed = 16;  // the part that every header has
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::byte kLocal{0x20}, kProxied{0x21};  // version 2, and the command
enum class Family : std::uint8_t { unspecified, v4, v6, local };
constexpr int kMostProtocol = 2;  // unspecified, stream, datagram

std::size_t number_at(Bytes bytes, std::size_t at) {  // in network byte order
  return std::to_integer<std::size_t>(bytes[at]) << 8 | std::to_integer<std::size_t>(bytes[at + 1]);
}

std::size_t size_of_addresses(Family family) {
  constexpr std::array<std::size_t, 4> sizes = {0, 12, 36, 216};
  return sizes[static_cast<std::size_t>(family)];
}

// Whether a list of a type, a length and so many bytes, again and again, ends where `bytes` does.
bool are_tlvs(Bytes bytes) {
  while (!bytes.empty()) {
    if (bytes.size() < 3) return false;
    const std::size_t size = 3 + number_at(bytes, 1);
    if (size > bytes.size()) return false;
    bytes = bytes.subspan(size);
  }
  return true;
}

// Of the two addresses, which are followed by their two ports, the first or the second one.
SocketAddress address_in(Family family, Bytes block, std::size_t which) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const bool is_v4 = family == Family::v4;
  const std::size_t size = is_v4 ? sizeof v4.sin_addr : sizeof v6.sin6_addr;
  const Bytes address = block.subspan(which * size, size);
  const Bytes port = block.subspan(2 * size + which * sizeof v4.sin_port, sizeof v4.sin_port);
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  std::memcpy(is_v4 ? static_cast<void*>(&v4.sin_addr) : &v6.sin6_addr, address.data(), size);
  std::memcpy(is_v4 ? &v4.sin_port : &v6.sin6_port, port.data(), port.size());
  const auto* const raw =
      is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  return SocketAddress::from_raw(raw, is_v4 ? sizeof v4 : sizeof v6).value();
}

bool may_be_header(Bytes begun) {
  const std::size_t size = std::min(begun.size(), kSignature.size());
  if (std::memcmp(begun.data(), kSignature.data(), size) != 0) return false;
  if (begun.size() > 12 && begun[12] != kLocal && begun[12] != kProxied) return false;
  if (begun.size() <= 13) return true;
  const int kinds = std::to_integer<int>(begun[13]);
  return kinds >> 4 <= static_cast<int>(Family::local) && (kinds & 0xf) <= kMostProtocol;
}

// Precondition: may_be_header, and it is whole.
sys::Result<ProxyHeader> parse(Bytes whole) {
  const Bytes rest = whole.subspan(kFixed);
  if (whole[12] == kLocal) return ProxyHeader{};  // the rest of it does not count
  const auto family = static_cast<Family>(whole[13] >> 4);
  const std::size_t size = size_of_addresses(family);
  if (rest.size() < size || !are_tlvs(rest.subspan(size)))
    return sys::failure(std::errc::protocol_error);
  const bool is_known = (family == Family::v4 || family == Family::v6) &&
                        (whole[13] & std::byte{0xf}) != std::byte{0};
  if (!is_known) return ProxyHeader{};
  return ProxyHeader{address_in(family, rest, 0), address_in(family, rest, 1)};
}

}  // namespace

std::span<std::byte> ProxyHeaderReader::room() noexcept {
  return std::span(bytes_).subspan(size_, wanted_ - size_);
}

sys::Result<bool> ProxyHeaderReader::received(std::size_t count) {
  size_ += count;
  const Bytes begun = std::span(bytes_).first(size_);
  if (!may_be_header(begun)) return sys::failure(std::errc::protocol_error);
  if (size_ >= kFixed) wanted_ = kFixed + number_at(begun, 14);
  if (wanted_ > kMost) return sys::failure(std::errc::message_size);
  if (size_ < wanted_) return false;
  const auto header = parse(begun);
  SYS_TRY(header);
  header_ = *header;
  return true;
}

}  // namespace epoll
