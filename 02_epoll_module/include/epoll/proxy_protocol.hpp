// The address of the client that a proxy acts for: the PROXY protocol, version 2
// [https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, section 2.2].
//
// A server behind a proxy sees the proxy's address. With this protocol the proxy begins each
// connection with a header that contains the address of its own client, before HTTP or any other
// protocol:
//
//    0           12          13         14       16            16 + length
//    +-----------+-----------+----------+--------+-------------+
//    | signature | version,  | family,  | length | addresses,  |
//    | 12 bytes  | command   | protocol | 16 bit | then TLVs   |
//    +-----------+-----------+----------+--------+-------------+
//
// Any program that can connect can claim any address, so this is for servers that only the proxy
// can reach. There the header is required: "Identifying the protocol version" by a guess would let
// a client write the header itself.
//
//   epoll::ProxyHeaderReader reader;
//   bool is_whole = false;
//   while (!is_whole) {
//     const auto count = stream.read(reader.room());     // 0 at the end: the header is missing
//     const auto progress = reader.received(*count);     // an error: close the connection
//     is_whole = *progress;
//   }
//   use(reader.header().source);
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "epoll/socket_address.hpp"
#include "syscall/result.hpp"

namespace epoll {

struct ProxyHeader {
  // The ends of the connection to the proxy: the address of its client, and its own. Neither is set
  // for LOCAL, which is a connection of the proxy's own (a health check), for Unix sockets, and
  // where the proxy does not know them. The addresses of this connection are then the right ones.
  std::optional<SocketAddress> source;
  std::optional<SocketAddress> destination;
};

// Reads one header, in whatever pieces it arrives.
class ProxyHeaderReader {
 public:
  // The longest header that is accepted, in bytes. Senders keep it below the size of a TCP segment.
  static constexpr std::size_t kMost = 2048;

  // The buffer to read into. It ends where the header ends, so that the bytes after the header stay
  // in the socket. It is not empty until the header is whole.
  [[nodiscard]] std::span<std::byte> room() noexcept;

  // Takes the first `count` bytes of room(), and returns whether the header is whole. EPROTO as
  // soon as the bytes cannot become a header of version 2, EMSGSIZE if it would be longer than
  // kMost: the connection is to be closed then. The values of TLVs are skipped, including the
  // checksum.
  [[nodiscard]] sys::Result<bool> received(std::size_t count);

  // To be called once the header is whole.
  [[nodiscard]] const ProxyHeader& header() const noexcept { return header_; }

 private:
  std::array<std::byte, kMost> bytes_;
  std::size_t size_ = 0;     // bytes received
  std::size_t wanted_ = 16;  // ... out of this many, as far as known
  ProxyHeader header_;
};

}  // namespace epoll
