// Two ends of a connection, and what tests of streams do with them again and again.
#pragma once

#include <sys/socket.h>

#include <array>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>

#include "epoll/socket.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/tcp_stream.hpp"
#include "event_source.hpp"

namespace tcp_pair {

struct Pair {
  epoll::TcpStream client;
  epoll::TcpStream server;  // the end that accept gave
};

// A connection over the loopback network, fully made.
inline Pair connect_to(epoll::TcpListener& listener) {
  auto client = epoll::TcpStream::connect(listener.local_address().value()).value();
  event_source::Watched(listener.fd()).wait();
  auto server = listener.accept().value().stream;
  event_source::Watched(client.fd(), epoll::Interest::write()).wait();
  client.take_error().value();
  return {std::move(client), std::move(server)};
}
inline Pair connected() {
  auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  return connect_to(listener);
}

// Two ends of a Unix socket pair. What one end writes the other can read at once, so there is
// nothing to wait for.
inline Pair local() {
  auto [one, other] = epoll::make_socket_pair(SOCK_STREAM).value();
  return {epoll::TcpStream::adopt(std::move(one)), epoll::TcpStream::adopt(std::move(other))};
}

inline sys::Result<std::size_t> write(epoll::StreamSocket& stream, std::string_view text) {
  return stream.write(event_source::bytes_of(text));
}

// One read of up to 4096 bytes.
inline sys::Result<std::string> read(epoll::StreamSocket& stream) {
  std::array<std::byte, 4096> buffer{};
  auto count = stream.read(buffer);
  if (!count) return sys::failure(count.error());
  return event_source::text_of(std::span(buffer).first(*count));
}

// All there is until it would block, or the peer has sent its last byte.
inline std::string read_all(epoll::StreamSocket& stream) {
  std::string all;
  for (auto text = read(stream); text && !text->empty(); text = read(stream)) all += *text;
  return all;
}

// Writes until there is no room: how many bytes that were.
inline std::size_t fill(epoll::StreamSocket& stream) {
  const std::string block(4096, 'x');
  std::size_t total = 0;
  for (auto count = write(stream, block); count; count = write(stream, block)) total += *count;
  return total;
}

// Closes it so that the peer sees a broken connection, and not an orderly end [socket(7),
// SO_LINGER with a time of 0].
inline void reset(epoll::StreamSocket& stream) {
  const linger at_once{1, 0};
  ASSERT_EQ(::setsockopt(stream.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  stream.close();
}

// From here on SIGPIPE is counted. Its default would end the test without a word, and if it
// is ignored when the tests start, none could tell that it never comes.
inline volatile std::sig_atomic_t sigpipes = 0;
inline void count_sigpipes() {
  sigpipes = 0;
  std::signal(SIGPIPE, [](int) { sigpipes = sigpipes + 1; });
}

}  // namespace tcp_pair
