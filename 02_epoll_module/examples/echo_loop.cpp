// Echoes what its clients send: the bare server of the chapter, on the first six exercises.
//
//   ./workbook run --mine echo_loop 8000          listening on 127.0.0.1:8000
//   nc 127.0.0.1 8000                             type a line, and read it again
//
// Clients are accepted and answered with plain calls here: accept and write are later exercises.
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <span>

#include "epoll/poll.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/call.hpp"
#include "syscall/report.hpp"

namespace {

class EchoLoop {
 public:
  EchoLoop(epoll::Poll poll, int listener) : poll_(std::move(poll)), listener_(listener) {}

  sys::Result<> run() {
    SYS_TRY(watch(listener_));
    epoll::Events events;
    while (true) {
      SYS_TRY(poll_.wait(events, std::nullopt));
      for (const epoll::Event event : events) {
        const int fd = static_cast<int>(event.token().index);
        if (fd == listener_) {
          SYS_TRY(accept());
        } else if (!echo(fd)) {
          clients_.erase(fd);  // closes it, and epoll stops watching it
        }
      }
    }
  }

 private:
  // The token of each registration is the descriptor itself.
  sys::Result<> watch(int fd) {
    return poll_.add(fd, {static_cast<std::uint32_t>(fd), 1}, epoll::Interest::read(),
                     epoll::Trigger::level);
  }

  sys::Result<> accept() {
    sockaddr* const no_address = nullptr;
    socklen_t* const no_length = nullptr;
    const auto fd = sys::call_uninterrupted<::accept4>(listener_, no_address, no_length,
                                                       static_cast<int>(SOCK_CLOEXEC));
    SYS_TRY(fd);
    clients_.emplace(*fd, epoll::UniqueFd(*fd));
    return watch(*fd);
  }

  // False when the client has gone.
  bool echo(int fd) {
    std::array<char, 4096> text{};
    void* const into = text.data();
    const auto got = sys::call_uninterrupted<::recv>(fd, into, text.size(), 0);
    if (!got || *got == 0) return false;
    const void* const from = text.data();
    return sys::call_uninterrupted<::send>(fd, from, static_cast<std::size_t>(*got),
                                           static_cast<int>(MSG_NOSIGNAL))
        .has_value();
  }

  epoll::Poll poll_;
  int listener_;
  std::map<int, epoll::UniqueFd> clients_;
};

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 0;  // 0: any free port
  auto listener =
      epoll::TcpListener::bind(epoll::SocketAddress::loopback(static_cast<std::uint16_t>(port)));
  if (!listener) return sys::fail("cannot listen", listener.error());
  const auto address = listener->local_address();
  auto poll = epoll::Poll::create();
  if (!address || !poll) return sys::fail("cannot start");
  std::printf("listening on %s\n", address->to_string().c_str());
  std::fflush(stdout);
  const auto done = EchoLoop(std::move(*poll), listener->fd()).run();
  return sys::fail("cannot continue", done.error());
}
