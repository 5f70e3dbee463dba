// async_echo_server on io_uring: the tasks of this stage, resumed by completions (runtime.hpp).
//
//   cmake --build --preset release --target uring_echo_server
//   build/release/bin/uring_echo_server 8003
//   ./workbook bench echo
#include <csignal>
#include <cstdlib>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "support/server_start.hpp"
#include "syscall/report.hpp"
#include "uring/socket.hpp"

namespace {

async::Task<> echo(uring::Stream stream) {
  while (auto buffer = co_await stream.read()) {
    if (buffer->bytes().empty()) break;
    if (!co_await stream.write_all(std::move(*buffer))) break;
  }
}

async::Task<> serve(epoll::TcpListener bound) {
  uring::Listener listener(std::move(bound));
  while (auto client = co_await listener.accept())
    async::spawn(echo(uring::Stream(std::move(*client))));
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 8003;
  const epoll::CommandLine line("An echo server on 127.0.0.1 that waits for completions.",
                                {{"[port]", epoll::number_into(port), epoll::about_port(port)}});
  if (const auto status = line.parse(argc, argv)) return *status;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { std::_Exit(0); });
  auto runtime = uring::Runtime::create();
  if (!runtime) return sys::fail("io_uring", runtime.error());
  auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(port));
  if (!listener) return sys::fail("cannot listen", listener.error());
  examples::tell_address(listener->local_address().value());
  (*runtime)->block_on(serve(std::move(*listener)));
  return 1;  // accepting has failed
}
