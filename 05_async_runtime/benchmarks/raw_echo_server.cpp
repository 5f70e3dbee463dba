// A peer to measure against: the least that a level-triggered epoll loop can do and still echo.
//
//   build/release/bin/raw_echo_server 8003
//   ./workbook bench
//
// One read and one send for each message. A client that does not take its echo as fast as it sends
// is cut off: what async_echo_server costs beyond this is the price of waiting for it. Not for
// anything but measuring.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "epoll/command_line.hpp"
#include "epoll/raw.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "support/server_start.hpp"

namespace {

void echo(int fd, std::vector<char>& buffer) {
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0 || ::send(fd, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) != got)
    ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 8003;
  const epoll::CommandLine line("A peer to measure echo servers against.",
                                {{"[port]", epoll::number_into(port), epoll::about_port(port)}});
  if (const auto status = line.parse(argc, argv)) return *status;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { std::_Exit(0); });
  auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(port)).value();
  const int epoll_fd = epoll::epoll_create().value();
  epoll_event listening{};
  listening.events = EPOLLIN;
  listening.data.fd = listener.fd();
  epoll::add_interest(epoll_fd, listener.fd(), listening).value();
  examples::tell_address(listener.local_address().value());

  std::vector<char> buffer(64 * 1024);
  std::array<epoll_event, 1024> events;
  while (true) {
    const int count = ::epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener.fd()) {
        echo(fd, buffer);
        continue;
      }
      const int client = ::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client < 0) continue;
      epoll_event reading{};
      reading.events = EPOLLIN;
      reading.data.fd = client;
      ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client, &reading);
    }
  }
}
