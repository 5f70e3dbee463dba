// The server of the previous chapter: one connection at a time, and every call blocks.
//
//   build/release/bin/blocking_server 8001                 listening on 127.0.0.1:8001
//   nc 127.0.0.1 8001                                      type half a request, and wait
//   curl --max-time 2 http://127.0.0.1:8001/               in another terminal: no answer
//
// It speaks the same HTTP as hello_server, with the same session, and answers a single client as
// fast. But it cannot answer a second client while it waits for the first.
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "epoll/accept_error.hpp"
#include "epoll/command_line.hpp"
#include "epoll/socket.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_stream.hpp"
#include "http/session.hpp"
#include "support/hello.hpp"
#include "support/server_start.hpp"
#include "syscall/report.hpp"
#include "syscall/result.hpp"

namespace {

// A listener without SOCK_NONBLOCK: its accept4 waits for a client.
sys::Result<epoll::UniqueFd> listen_blocking(const epoll::SocketAddress& address) {
  auto made = sys::call<::socket>(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  SYS_TRY(made);
  epoll::UniqueFd fd(*made);
  SYS_TRY(epoll::set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1));
  SYS_TRY(sys::call<::bind>(fd.get(), address.data(), address.size()));
  SYS_TRY(sys::call<::listen>(fd.get(), SOMAXCONN));
  return fd;
}

// The whole life of one connection. Its errors end only this connection.
sys::Result<> serve(epoll::TcpStream stream) {
  http::SessionOptions options;
  options.body = http::BodyMode::discard;
  http::Session session(options);
  while (true) {
    switch (session.advance()) {
      case http::Next::read: {
        const auto count = stream.read(session.input_space());
        SYS_TRY(count);
        if (*count == 0) {
          session.received_end();
        } else {
          session.received(*count);
        }
        break;
      }
      case http::Next::write: {
        const auto count = stream.write(session.output());
        SYS_TRY(count);
        session.sent(*count);
        break;
      }
      case http::Next::request:
        session.respond(examples::answer_hello(session.request()));
        break;
      case http::Next::head:
      case http::Next::body:
        break;  // only if the session is configured to ask at the head
      case http::Next::shutdown:
        (void)stream.shutdown(epoll::Shutdown::write);
        break;
      case http::Next::close:
        return {};
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 8001;
  const epoll::CommandLine line(
      "Answers every request with a greeting, one connection after the other.",
      {{"[port]", epoll::number_into(port), epoll::about_port(port)}});
  if (const auto status = line.parse(argc, argv)) return *status;
  // There is nothing to clean up at the end, and no loop that could be stopped.
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { std::_Exit(0); });

  auto listener = listen_blocking(epoll::SocketAddress::loopback(port));
  if (!listener)
    return sys::fail("cannot listen on port " + std::to_string(port), listener.error());
  const auto address = epoll::local_address_of(listener->get());
  if (!address) return sys::fail("getsockname", address.error());
  examples::tell_address(*address);

  while (true) {
    sockaddr* const no_address = nullptr;  // the peer's address is not needed
    socklen_t* const no_length = nullptr;
    auto client = sys::call_uninterrupted<::accept4>(listener->get(), no_address, no_length,
                                                     static_cast<int>(SOCK_CLOEXEC));
    if (client) {
      (void)serve(epoll::TcpStream::adopt(epoll::UniqueFd(*client)));
    } else if (epoll::is_resource_exhausted(client.error())) {
      std::this_thread::sleep_for(epoll::kAcceptPause);
    } else if (!epoll::is_transient_accept_error(client.error())) {
      return sys::fail("couldn't accept", client.error());
    }
  }
}
