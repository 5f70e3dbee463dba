// Sends back what it is sent, to any number of clients at once, in one thread.
//
//   build/release/bin/async_echo_server 8080       listening on 127.0.0.1:8080
//   nc 127.0.0.1 8080                              type a line, and read it again
#include <array>
#include <cstdio>
#include <span>

#include "async/async.hpp"
#include "event_loop/server_program.hpp"

namespace {

async::Task<> echo(async::TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  while (auto count = co_await stream.read(buffer)) {
    if (*count == 0) break;  // the client said goodbye
    if (!co_await stream.write_all(std::span(buffer).first(*count))) break;
  }
}

async::Task<> serve(async::TcpListener listener) {
  auto incoming = listener.incoming();
  while (auto stream = co_await incoming.next()) async::spawn(echo(std::move(*stream)));
}

}  // namespace

int main(int argc, char** argv) {
  const auto port = argc > 1 ? event_loop::parse_port(argv[1]) : 8080;
  if (!port || argc > 2) return std::fputs("usage: async_echo_server [port]\n", stderr), 2;
  auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(*port));
  if (!listener) return std::perror("cannot listen"), 1;
  std::printf("listening on %s\n", listener->local_address()->to_string().c_str());
  std::fflush(stdout);
  async::block_on(serve(std::move(*listener)));
}
