// Answers HTTP requests, one connection after the other: the state machine of the chapter on a
// socket.
//
//   ./workbook run --mine serve_requests 8000     listening on 127.0.0.1:8000
//   curl http://127.0.0.1:8000/hello              You have asked for /hello
//
// A second client waits until the first has gone. The next step serves them all at once.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "epoll/poll.hpp"
#include "epoll/tcp_listener.hpp"
#include "http/request_context.hpp"
#include "syscall/report.hpp"

namespace {

sys::Result<> wait_for(epoll::Poll& poll, int fd, epoll::Interest interest) {
  SYS_TRY(poll.add(fd, {1, 1}, interest, epoll::Trigger::level));
  epoll::Events events;
  const auto waited = poll.wait(events, std::nullopt);
  SYS_TRY(poll.remove(fd));
  return waited;
}

// The whole life of a connection. Its errors end only this connection.
sys::Result<> serve(epoll::Poll& poll, epoll::TcpStream stream, http::Handler& handler) {
  http::RequestContext context(std::move(stream), handler);
  auto next = context.read_cb();
  while (next && *next != http::Next::close) {
    const bool writing = *next == http::Next::write;
    SYS_TRY(wait_for(poll, context.stream().fd(),
                     writing ? epoll::Interest::write() : epoll::Interest::read()));
    next = writing ? context.write_cb() : context.read_cb();
  }
  return {};
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

  http::Handler handler = [](const http::Request& request) {
    return http::Response::text(200, "You have asked for " + std::string(request.target) + "\n");
  };
  while (wait_for(*poll, listener->fd(), epoll::Interest::read())) {
    auto client = listener->accept();
    if (client) (void)serve(*poll, std::move(client->stream), handler);
  }
  return sys::fail("cannot continue");
}
