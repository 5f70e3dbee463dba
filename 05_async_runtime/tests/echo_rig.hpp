// An echo server in the thread of the test, and clients in threads of their own.
#pragma once

#include "client.hpp"

namespace async::testing {

inline Task<> echo(TcpStream stream) {
  while (auto bytes = co_await stream.read_lease()) {
    if (bytes->empty()) break;
    if (!co_await stream.write_all(*bytes)) break;
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
  auto listener = listen();
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

// Sends the lines of the original's client, and reads each again before the next: `count` messages, in
// each of which the line stands `times` times.
inline void converse(const epoll::SocketAddress& server, int count, int times = 1) {
  const Client client(server);
  for (int i = 1; i <= count; ++i) {
    std::string message;
    for (int k = 0; k < times; ++k) message += "HELLO WORLD[" + std::to_string(i) + "]";
    client.expect_echo(message);
  }
}

}  // namespace async::testing
