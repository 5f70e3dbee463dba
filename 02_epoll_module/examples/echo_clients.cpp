// Echoes what its clients send, each under the number of its slot: clients live in a slab.
//
//   ./workbook run --mine echo_clients 8000       listening on 127.0.0.1:8000
//   nc 127.0.0.1 8000                             hello  ->  slot 0, tenant 1: hello
//
// End a client, and begin another: it gets the same slot, as the next tenant.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "epoll/poll.hpp"
#include "epoll/slab.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/report.hpp"

namespace {

constexpr epoll::Token kListener{0xffffffff, 1};  // no slot of the slab has this index

// False when the client has gone, or takes no more.
bool echo(const epoll::TcpStream& client, epoll::Token token) {
  std::array<std::byte, 4096> text{};
  const auto got = client.read(text);
  if (!got) return sys::would_block(got.error());
  if (*got == 0) return false;
  std::string answer =
      "slot " + std::to_string(token.index) + ", tenant " + std::to_string(token.generation) + ": ";
  answer.append(reinterpret_cast<const char*>(text.data()), *got);
  const auto sent = client.write(std::as_bytes(std::span(answer)));
  return sent && *sent == answer.size();
}

sys::Result<> run(epoll::Poll poll, epoll::TcpListener listener) {
  SYS_TRY(poll.add(listener.fd(), kListener, epoll::Interest::read(), epoll::Trigger::level));
  epoll::Slab<epoll::TcpStream> clients;
  epoll::Events events;
  while (true) {
    SYS_TRY(poll.wait(events, std::nullopt));
    for (const epoll::Event event : events) {
      if (event.token() != kListener) {
        const auto* const client = clients.find(event.token());
        if (client && !echo(*client, event.token())) clients.remove(event.token());
        continue;
      }
      auto accepted = listener.accept();
      if (!accepted) continue;
      const int fd = accepted->stream.fd();
      const auto token = clients.emplace(std::move(accepted->stream));
      SYS_TRY(poll.add(fd, token, epoll::Interest::read(), epoll::Trigger::level));
    }
  }
}

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
  const auto done = run(std::move(*poll), std::move(*listener));
  return sys::fail("cannot continue", done.error());
}
