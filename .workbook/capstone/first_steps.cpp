#include <csignal>
#include <cstdio>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "syscall/report.hpp"

namespace {

async::Task<> converse(async::TcpStream stream) {
  while (auto bytes = co_await stream.read_lease()) {
    if (bytes->empty()) break;                           // the client has left
    if (!co_await stream.write_all("+PONG\r\n")) break;  // for any command
  }
}

async::Task<> serve(async::TcpListener& listener) {
  return async::serve_each(listener, converse);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 6379;
  const epoll::CommandLine line("Values under keys.",
                                {{"[port]", epoll::number_into(port), epoll::about_port(port)}});
  if (const auto status = line.parse(argc, argv)) return *status;
  std::signal(SIGPIPE, SIG_IGN);
  auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(port));
  if (!listener) return sys::fail("cannot listen", listener.error());
  std::printf("listening on %s\n", listener->local_address()->to_string().c_str());
  std::fflush(stdout);
  async::block_on(serve(*listener));
}
