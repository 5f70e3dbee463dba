// A RequestContext, its client at the other end of a socket, and a loop of one connection.
//
// What the client and the loop do is done with plain system calls, so that an observer sees the
// calls of the context and no others.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "epoll/socket.hpp"
#include "epoll/tcp_listener.hpp"
#include "http/request_context.hpp"
#include "sweep.hpp"

// Handlers.
inline http::Response hello(const http::Request&) {
  return http::Response::text(200, "Hello! I am an epoll server.");
}
inline http::Response echo(const http::Request& request) {
  return http::Response::bytes(200, request.body);
}

// The client: sends and reads what can be sent and read now.
class Client {
 public:
  explicit Client(epoll::UniqueFd fd) : fd_(std::move(fd)) {}

  // How many bytes there was room for.
  std::size_t send(std::string_view bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n < 0) {
        if (errno != EAGAIN) error = errno;
        break;
      }
      sent += static_cast<std::size_t>(n);
    }
    return sent;
  }
  // Adds what has come to `received`. False if nothing new had.
  bool read(std::size_t most = std::string::npos) {
    std::array<char, 64 * 1024> buffer;
    const std::size_t before = received.size();
    while (most > 0 && !ended) {
      const ssize_t n = ::recv(fd_.get(), buffer.data(), std::min(most, buffer.size()), 0);
      if (n < 0) {
        if (errno != EAGAIN) error = errno;
        break;
      }
      ended = n == 0;
      received.append(buffer.data(), static_cast<std::size_t>(n));
      most -= static_cast<std::size_t>(n);
    }
    return received.size() != before;
  }
  void end() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }
  // Breaks the connection off: the other end gets a reset.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

  std::string received;
  bool ended = false;  // the server has sent its last byte
  int error = 0;       // of the last call that failed, other than EAGAIN

 private:
  epoll::UniqueFd fd_;
};

// The two ends of a connection, which do not block.
struct Ends {
  epoll::UniqueFd server, client;

  // Unix sockets: what one end sends is at the other when the call returns. A buffer of 0 is the
  // system's default; others are for each direction, and the kernel rounds them up.
  static Ends local(int send_buffer = 0) {
    auto pair = epoll::make_socket_pair(SOCK_STREAM).value();
    Ends ends{std::move(pair.first), std::move(pair.second)};
    for (const int fd : {ends.server.get(), ends.client.get()})
      if (send_buffer != 0) epoll::set_option(fd, SOL_SOCKET, SO_SNDBUF, send_buffer).value();
    return ends;
  }
  // TCP, over loopback.
  static Ends tcp() {
    auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
    const auto address = listener.local_address().value();
    epoll::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(client.get(), address.data(), address.size()) != 0) std::abort();
    epoll::set_option(client.get(), IPPROTO_TCP, TCP_NODELAY, 1).value();
    const int flags = ::fcntl(client.get(), F_GETFL);
    ::fcntl(client.get(), F_SETFL, flags | O_NONBLOCK);
    auto accepted = listener.accept().value();
    return {epoll::UniqueFd(::dup(accepted.stream.fd())), std::move(client)};
  }
};

class ContextDriver {
 public:
  explicit ContextDriver(http::Handler answer, http::ContextOptions options = {},
                         http::Trace* trace = nullptr, Ends ends = Ends::local())
      : client(std::move(ends.client)),
        handler(std::move(answer)),
        context(std::in_place, epoll::TcpStream::adopt(std::move(ends.server)), handler,
                std::move(options), trace) {}

  // One turn of the loop: calls the context back if what it waits for is there within `patience`.
  // False if it was not, or if the connection is over.
  bool turn(int patience_in_ms = 0) {
    if (!context) return false;
    const short wanted = next == http::Next::read ? POLLIN : POLLOUT;
    pollfd waiting{context->stream().fd(), wanted, 0};
    if (::poll(&waiting, 1, patience_in_ms) <= 0) return false;
    sys::Result<http::Next> answer = http::Next::close;
    const auto call = [&] {
      answer = next == http::Next::read ? context->read_cb() : context->write_cb();
    };
    if (fault == nullptr) {
      call();
    } else {
      EXPECT_TRUE(fault->during(call)) << "want of memory is an exception out of the context";
    }
    obey(answer);
    return true;
  }
  void settle() {
    while (turn()) ++turns;
  }
  // What a loop does with an answer of the context.
  void obey(const sys::Result<http::Next>& answer) {
    if (!answer) error = answer.error();
    if (answer) next = *answer;
    if (answer && next != http::Next::close) return;
    // Not the context's call, so not one to be counted, or kept from happening.
    sys::CallCounter unwatched;
    sys::ScopedObserver watching(unwatched);
    context.reset();
  }

  // Sends, lets the context work, reads, until nothing moves any more. For what is larger than the
  // sockets' buffers.
  void exchange(std::string_view bytes, int patience_in_ms = 0) {
    for (bool moved = true; moved;) {
      const std::size_t sent = client.send(bytes);
      bytes.remove_prefix(sent);
      moved = sent > 0;
      while (turn(moved ? 0 : patience_in_ms)) moved = true;
      moved |= client.read();
    }
    left_unsent = bytes.size();
  }

  [[nodiscard]] bool is_open() const { return context.has_value(); }

  Client client;
  http::Handler handler;
  std::optional<http::RequestContext> context;  // empty: the connection is over
  http::Next next = http::Next::read;
  std::optional<std::error_code> error;  // what it ended with, if not with Next::close
  int turns = 0;
  std::size_t left_unsent = 0;    // of the last exchange
  sweep::Fault* fault = nullptr;  // that the context's calls may meet
};
