// A peer to measure against: the least that a level-triggered epoll loop can do and still look like
// an HTTP server to a load tool.
//
//   build/release/bin/raw_epoll_server 8002
//   build/release/bin/raw_epoll_server --close       one request a connection
//   ./workbook bench
//
// It parses nothing. It counts empty lines and sends that many copies of one answer. It has no
// limits, no deadlines, and no idea what to do with a client that misbehaves: what hello_server
// costs beyond this is the price of being a server. Not for anything but measuring.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "epoll/command_line.hpp"
#include "epoll/raw.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "support/server_start.hpp"

namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 28\r\n"
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello! I am an epoll server.";
constexpr std::string_view kEndOfHead = "\r\n\r\n";

std::size_t count_heads(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(kEndOfHead); at != text.npos;
       at = text.find(kEndOfHead, at + kEndOfHead.size()))
    ++count;
  return count;
}

void answer(int fd, bool closes, std::vector<char>& buffer, std::string& out) {
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0) {
    ::close(fd);
    return;
  }
  out.clear();
  const std::size_t heads =
      count_heads(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  for (std::size_t i = 0; i < heads; ++i) out += kAnswer;
  if (out.empty()) return;
  if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0 || closes) ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 8002;
  bool closes = false;
  const epoll::CommandLine line(
      "A peer to measure HTTP servers against.",
      {{"[port]", epoll::number_into(port), epoll::about_port(port)},
       {"[--close]", epoll::set(closes), "closes each connection after its first answer"}});
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
  std::string out;
  std::array<epoll_event, 1024> events;
  while (true) {
    const int count = ::epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      if (events[static_cast<std::size_t>(i)].data.fd != listener.fd()) {
        answer(events[static_cast<std::size_t>(i)].data.fd, closes, buffer, out);
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
