// An echo server in the thread of the test, and clients in threads of their own.
//
// The clients' calls block and do not go through sys::call; an observer of the test's thread sees
// the server's calls and no others.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "async/async.hpp"
#include "epoll/socket.hpp"

namespace async::testing {

// A client that does one thing after the other.
class BlockingClient {
 public:
  // `receive_buffer`: how much the kernel keeps for it [socket(7), SO_RCVBUF]; 0: as usual.
  explicit BlockingClient(const epoll::SocketAddress& server, int receive_buffer = 0)
      : fd_(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (::connect(fd_, server.data(), server.size()) != 0) throw std::runtime_error("connect");
  }
  ~BlockingClient() { close(); }
  BlockingClient(const BlockingClient&) = delete;
  BlockingClient& operator=(const BlockingClient&) = delete;

  // All of it; false if the server is gone.
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // So many bytes, or what came before the end.
  [[nodiscard]] std::string receive(std::size_t size) const {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::recv(fd_, text.data() + have, size - have, 0);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
  }
  void finish_sending() const { ::shutdown(fd_, SHUT_WR); }
  // Breaks off: the server's next read gives ECONNRESET [socket(7), SO_LINGER].
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

inline Task<> echo(TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  while (auto count = co_await stream.read(buffer)) {
    if (*count == 0) break;
    const auto sent = co_await stream.write_all(std::span(buffer).first(*count));
    if (!sent) break;
  }
}

inline Task<sys::Result<>> echo_to_all(TcpListener& listener, TaskGroup& clients) {
  auto incoming = listener.incoming();
  while (auto stream = co_await incoming.next()) clients.spawn(echo(std::move(*stream)));
  co_return sys::Result<>();
}

// Serves until a stop is requested, and then until its clients have gone.
inline Task<> serve_until(std::stop_token stop, TcpListener& listener) {
  TaskGroup clients(CancelRest::never);
  (void)co_await stop_when(std::move(stop), echo_to_all(listener, clients));
  (void)co_await clients.join();
}

// Runs an echo server in `runtime` while `client(address, number)` runs in so many threads.
// `send_buffer`: how much the kernel takes at once for each of them [socket(7), SO_SNDBUF]; 0: as usual.
inline void serve_clients(Runtime& runtime, int clients,
                          const std::function<void(const epoll::SocketAddress&, int)>& client,
                          int send_buffer = 0) {
  auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  if (send_buffer != 0)  // accepted sockets inherit it
    epoll::set_option(listener.fd(), SOL_SOCKET, SO_SNDBUF, send_buffer).value();
  const epoll::SocketAddress address = listener.local_address().value();
  std::stop_source stop;
  std::jthread all([&] {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(clients));
    for (int i = 0; i < clients; ++i) threads.emplace_back([&, i] { client(address, i); });
    threads.clear();  // joins
    stop.request_stop();
  });
  runtime.block_on(serve_until(stop.get_token(), listener));
}

}  // namespace async::testing
