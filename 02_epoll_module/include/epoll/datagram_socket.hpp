// Messages that keep their boundaries: what UdpSocket and UnixDatagram share.
//
// A message is sent whole or not at all, and received whole or truncated, never in two parts. A
// message of 0 bytes is a message like any other and marks no end: a datagram socket has no end of
// stream.
//
// No call here blocks. If no message has arrived, or there is no room to send one, the result is an
// error for which sys::would_block is true. Calls that a signal interrupts are repeated internally.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <utility>

#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

// One message that was received.
struct Datagram {
  std::size_t size = 0;       // bytes that are in the buffer now
  std::size_t full_size = 0;  // bytes that were sent; those for which there was no room are lost

  [[nodiscard]] bool is_truncated() const noexcept { return full_size > size; }
};

// ... and its sender.
template <class Address>
struct DatagramFrom : Datagram {
  Address from;
};

class DatagramSocket {
 public:
  // Sends one message to the peer that was set by `connect` (or by `pair`). EMSGSIZE if the message
  // is too long for this kind of socket, EDESTADDRREQ or ENOTCONN without a peer; never a SIGPIPE.
  [[nodiscard]] sys::Result<> send(std::span<const std::byte> message) const;

  // The next message. If the buffer is too short, it gets the first part of the message, and the
  // result says so.
  [[nodiscard]] sys::Result<Datagram> receive(std::span<std::byte> buffer) const;

  // The pending error of this socket, which this call also clears [socket(7), SO_ERROR]. No error
  // if there is none.
  [[nodiscard]] sys::Result<> take_error() const;

  // Readable while a message (or an error) is pending, writable while there is room to send one.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 protected:
  explicit DatagramSocket(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  [[nodiscard]] sys::Result<> connect_to(const sockaddr* peer, socklen_t size) const;
  [[nodiscard]] sys::Result<> send_to(std::span<const std::byte> message, const sockaddr* to,
                                      socklen_t size) const;

  // `Address` is made from what the kernel writes: SocketAddress, UnixAddress.
  template <class Address>
  [[nodiscard]] sys::Result<DatagramFrom<Address>> receive_with(std::span<std::byte> buffer) const {
    sockaddr_storage storage{};
    auto* const raw = reinterpret_cast<sockaddr*>(&storage);
    socklen_t length = sizeof storage;
    const auto datagram = receive_raw(buffer, raw, &length);
    SYS_TRY(datagram);
    const auto from = Address::from_raw(raw, length);
    SYS_TRY(from);
    return DatagramFrom<Address>{*datagram, *from};
  }

 private:
  [[nodiscard]] sys::Result<Datagram> receive_raw(std::span<std::byte> buffer, sockaddr* from,
                                                  socklen_t* length) const;
  UniqueFd fd_;
};

}  // namespace epoll
