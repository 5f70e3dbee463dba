// Forwards every connection to another server.
//
//   build/release/bin/tcp_proxy 127.0.0.1:9000 127.0.0.1:8080
//   curl http://127.0.0.1:9000/                    answered by the server on port 8080
//
// Each direction is a task. If one side ends its direction, the end is passed on, and the other
// side can still send (half-close). If one side resets the connection, a reset is passed on: a
// normal end would make half a file look complete. Back pressure needs no extra code: nothing is
// read before everything that was read has been written, so a slow reader slows down the writer,
// through TCP, and a connection never needs more memory than two buffers; while it is idle, it
// holds none.
//
// If TO does not accept a connection within the connect limit, the client is closed, and a line
// reports why. A connection on which no byte moves in either direction for the idle limit is
// aborted, and so is one whose peer has vanished without closing: TCP keep-alive probes detect that
// [tcp(7), SO_KEEPALIVE].
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "epoll/resolve.hpp"
#include "epoll/socket.hpp"
#include "epoll/socket_address.hpp"
#include "event_loop/log.hpp"
#include "support/forward.hpp"
#include "support/server_program.hpp"
#include "syscall/report.hpp"

namespace {

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

// For "host:port", with an IPv6 address in brackets.
epoll::CommandLine::Store host_and_port_into(HostAndPort& target) {
  return [&target](std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return false;
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto port = epoll::parse_port(text.substr(colon + 1));
    if (host.empty() || !port) return false;
    target = {std::string(host), *port};
    return true;
  };
}

struct Settings {
  HostAndPort from, to;
  std::uint16_t idle_limit = 300;        // seconds
  std::uint16_t connect_limit = 10'000;  // milliseconds
  bool trace = false;
};

void say(const HostAndPort& target, std::error_code error) {
  event_loop::LogLine line;
  line << target.host << ":" << target.port << ": " << error.message();
  event_loop::standard_error_log().write(line.text());
}

async::Task<> hand_on(async::TcpStream client, const Settings& settings) {
  auto server = co_await async::timeout(std::chrono::milliseconds(settings.connect_limit),
                                        async::connect(settings.to.host, settings.to.port));
  if (!server) {
    say(settings.to, server.error());
    co_return;
  }
  for (const async::TcpStream* stream : {&client, &*server})
    (void)epoll::set_option(stream->socket()->fd(), SOL_SOCKET, SO_KEEPALIVE, 1);
  const std::chrono::seconds idle_limit(settings.idle_limit);
  (void)co_await examples::forward(client, *server, idle_limit);
}

async::Task<> serve(async::TcpListener& listener, const Settings& settings) {
  return async::serve_each(listener, [&settings](async::TcpStream client) {
    return hand_on(std::move(client), settings);
  });
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  const epoll::CommandLine line(
      "Forwards every connection to another server.",
      {{"FROM", host_and_port_into(settings.from), "HOST:PORT to listen on"},
       {"TO", host_and_port_into(settings.to), "HOST:PORT to connect to"},
       {"[--idle SECONDS]", epoll::number_into<std::uint16_t>(settings.idle_limit, 1),
        "without a byte in either direction: 1 to 65535; 300 if not given"},
       {"[--connect MILLISECONDS]", epoll::number_into<std::uint16_t>(settings.connect_limit, 1),
        "for TO to accept a connection: 1 to 65535; 10000 if not given"},
       {"[--trace]", epoll::set(settings.trace),
        "prints what happens to descriptors, and a summary"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  const auto addresses = epoll::resolve(settings.from.host, settings.from.port);
  if (!addresses) return sys::fail(settings.from.host, addresses.error());
  return examples::serve_until_signal(
      addresses->front(), settings.trace,
      [&](async::TcpListener& listener) { return serve(listener, settings); });
}
