// The address of the client that a proxy speaks for: the PROXY protocol, version 2
// [https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, section 2.2].
//
// A server behind a proxy sees the proxy's address. With this protocol the proxy begins each connection
// with a header that tells the one of its own client. In front of HTTP or of anything else:
//
//    0           12          13         14       16            16 + length
//    +-----------+-----------+----------+--------+-------------+
//    | signature | version,  | family,  | length | addresses,  |
//    | 12 bytes  | command   | protocol | 16 bit | then TLVs   |
//    +-----------+-----------+----------+--------+-------------+
//
// Whoever can connect can claim any address, so it is for servers that none but the proxy can reach, and
// there it is required: "Identifying the protocol version" by a guess would let a client write the header
// itself.
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
  // Of the connection to the proxy: its client's address, and its own. None for LOCAL, which is a
  // connection of the proxy's own (a health check), for Unix sockets, and where the proxy does not know.
  // Then the addresses of the connection itself are the right ones.
  std::optional<SocketAddress> source;
  std::optional<SocketAddress> destination;
};

// Takes one header, in whatever pieces it comes.
class ProxyHeaderReader {
 public:
  // The longest header that is taken, in bytes. Senders keep it below the size of a TCP segment.
  static constexpr std::size_t kMost = 2048;

  // Where to read into. It ends where the header does, so what follows stays in the socket. Not empty
  // until the header is whole.
  [[nodiscard]] std::span<std::byte> room() noexcept;

  // The first `count` bytes of room() have come. Whether the header is whole. EPROTO as soon as it cannot
  // become a header of version 2, EMSGSIZE if it would be longer than kMost: the connection is to be
  // closed then. Values of a TLV are skipped, the checksum among them.
  [[nodiscard]] sys::Result<bool> received(std::size_t count);

  // Once it is whole.
  [[nodiscard]] const ProxyHeader& header() const noexcept { return header_; }

 private:
  std::array<std::byte, kMost> bytes_;
  std::size_t size_ = 0;     // bytes that have come
  std::size_t wanted_ = 16;  // ... of so many, as far as it is known
  ProxyHeader header_;
};

}  // namespace epoll
