// Echoes what its clients send, with a task for each: reading and writing as plain code.
//
//   ./workbook run --mine echo_tasks 8000         listening on 127.0.0.1:8000
//   nc 127.0.0.1 8000                             in several terminals: type a line, and read it
//
// A client that sends "stop" ends it. async_echo_server is the same with orderly ends.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "async/core/spawn.hpp"
#include "async/core/task.hpp"
#include "async/io/runtime.hpp"
#include "async/io/tcp_listener.hpp"
#include "async/io/tcp_stream.hpp"
#include "syscall/report.hpp"

namespace {

async::Task<> echo(async::TcpStream stream, async::TcpListener& listener) {
  std::array<std::byte, 4096> buffer{};
  while (true) {
    const auto count = co_await stream.read(buffer);
    if (!count || *count == 0) break;
    const auto bytes = std::span(buffer).first(*count);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text == "stop\n") listener.close();  // the task that waits for a client continues
    const auto sent = co_await stream.write_all(bytes);
    if (!sent) break;
  }
}

async::Task<int> serve(async::TcpListener& listener) {
  int clients = 0;
  while (true) {
    auto accepted = co_await listener.accept();
    if (!accepted) break;
    ++clients;
    async::spawn(echo(std::move(*accepted), listener));
  }
  co_return clients;
}

async::Task<> report(async::TcpListener& listener) {
  auto serving = async::spawn(serve(listener));
  const auto clients = co_await serving.join();
  if (clients) std::printf("served %d clients\n", *clients);
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 0;  // 0: any free port
  auto listener =
      async::TcpListener::bind(epoll::SocketAddress::loopback(static_cast<std::uint16_t>(port)));
  if (!listener) return sys::fail("cannot listen", listener.error());
  const auto address = listener->local_address();
  auto runtime = async::Runtime::create();
  if (!address || !runtime) return sys::fail("cannot start");
  std::printf("listening on %s\n", address->to_string().c_str());
  std::fflush(stdout);
  (*runtime)->spawn(report(*listener));
  const auto done = (*runtime)->run();  // until the last task has ended
  return done ? 0 : sys::fail("cannot continue", done.error());
}
