// UDP and Unix datagram sockets for tasks: messages instead of streams [udp(7), unix(7)].
//
//   async::UdpSocket socket(std::move(*epoll::UdpSocket::bind(address)));
//   while (auto message = co_await socket.receive_from(buffer))
//     (void)co_await socket.send_to(std::span(buffer).first(message->size), message->from);
//
// One task may receive while another one sends; a second receiver (or sender) at the same time gets
// Errc::already_waiting. A cancelled operation has received or sent nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

#include "async/core/sleep.hpp"
#include "async/core/task.hpp"
#include "async/io/io_object.hpp"
#include "epoll/udp_socket.hpp"
#include "epoll/unix_datagram.hpp"

namespace async {

// Socket is a class derived from epoll::DatagramSocket, and Address is the type of its
// destinations.
template <class Socket, class Address>
class DatagramSocket : public IoHandle<Socket> {
 public:
  using IoHandle<Socket>::IoHandle;

  // Result<epoll::DatagramFrom<Address>>: the next message and where it came from.
  [[nodiscard]] auto receive_from(std::span<std::byte> buffer) {
    return io_->operation(Direction::read,
                          [buffer](Socket& socket) { return socket.receive_from(buffer); });
  }
  // Result<epoll::Datagram>: the next message.
  [[nodiscard]] auto receive(std::span<std::byte> buffer) {
    return io_->operation(Direction::read,
                          [buffer](Socket& socket) { return socket.receive(buffer); });
  }
  // Result<>: the kernel has taken the whole message. `to` has to live until then.
  [[nodiscard]] auto send_to(std::span<const std::byte> message, const Address& to) {
    return io_->operation(Direction::write,
                          [message, &to](Socket& socket) { return socket.send_to(message, to); });
  }
  // Result<>: the same, to the peer of a connected socket.
  [[nodiscard]] auto send(std::span<const std::byte> message) {
    return io_->operation(Direction::write,
                          [message](Socket& socket) { return socket.send(message); });
  }

 protected:
  using IoHandle<Socket>::io_;
};

using UdpSocket = DatagramSocket<epoll::UdpSocket, epoll::SocketAddress>;

class UnixDatagram : public DatagramSocket<epoll::UnixDatagram, epoll::UnixAddress> {
 public:
  using DatagramSocket::DatagramSocket;

  // Result<>: the message is in the queue of `to`. While that queue is full, nothing reports when
  // there is room again: an unconnected socket counts as writable whatever its receivers do, and
  // each attempt makes epoll report it as writable once more. So this retries at growing intervals,
  // 1 to 64 ms. A connected socket (`send`) waits for its peer and needs no intervals.
  [[nodiscard]] Task<sys::Result<>> send_to(std::span<const std::byte> message,
                                            const epoll::UnixAddress& to) {
    const auto io = io_;  // kept alive while this waits, closed or not
    auto pause = kFirstPause;
    while (true) {
      if (!io->socket) co_return sys::failure(std::errc::bad_file_descriptor);
      const auto sent = io->socket->send_to(message, to);
      if (sent || !sys::would_block(sent.error())) co_return sent;
      const auto slept = co_await sleep_for(pause);
      if (!slept) co_return slept;
      pause = std::min(2 * pause, kLongestPause);
    }
  }

 private:
  static constexpr std::chrono::milliseconds kFirstPause{1};
  static constexpr std::chrono::milliseconds kLongestPause{64};
};

}  // namespace async
