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
#include "epoll/deadline.hpp"
#include "epoll/resolve.hpp"
#include "epoll/socket.hpp"
#include "epoll/socket_address.hpp"
#include "event_loop/log.hpp"
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

// The time by which something has to move, in one direction or the other.
class IdleLimit {
 public:
  explicit IdleLimit(async::Duration limit) : limit_(limit) { moved(); }
  void moved() { deadline_ = epoll::saturating_add(async::Clock::now(), limit_); }
  [[nodiscard]] async::Clock::time_point deadline() const { return deadline_; }
  [[nodiscard]] bool is_over() const { return deadline_ <= async::Clock::now(); }

 private:
  async::Duration limit_;
  async::Clock::time_point deadline_;
};

async::Task<sys::Result<>> copy(async::TcpStream& from, async::TcpStream& to, IdleLimit& idle) {
  async::Deadline deadline;
  const auto at = [&idle] { return idle.deadline(); };
  async::Lease lease;
  std::span<const std::byte> rest;  // the part of the lease that is not yet written
  while (true) {
    std::error_code error;
    if (rest.empty()) {
      lease = {};  // no buffer while nothing arrives
      auto read = co_await deadline.limit(from.read_lease(), at);
      error = sys::error_of(read);
      lease = std::move(read).value_or(async::Lease());
      if (!error && lease.empty()) break;
      rest = lease.bytes();
    } else {
      const auto written = co_await deadline.limit(to.write(rest), at);
      error = sys::error_of(written);
      rest = rest.subspan(written.value_or(0));
    }
    // A deadline that has expired may have been moved: the other direction extends it, too.
    const bool goes_on = error == std::errc::timed_out && !idle.is_over();
    if (error && !goes_on) co_return sys::failure(error);
    if (!error) idle.moved();
  }
  // If that fails, `to` is broken, and the other direction will find out.
  (void)to.shutdown(epoll::Shutdown::write);
  co_return {};
}

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
  IdleLimit idle(std::chrono::seconds(settings.idle_limit));
  for (const async::TcpStream* stream : {&client, &*server})
    (void)epoll::set_option(stream->socket()->fd(), SOL_SOCKET, SO_KEEPALIVE, 1);
  auto both = [&](async::TaskGroup& directions) -> async::Task<> {
    directions.spawn(copy(client, *server, idle));
    directions.spawn(copy(*server, client, idle));
    co_return;
  };
  const auto done = co_await async::with_group(both);  // if one fails, the other is cancelled
  if (done) co_return;
  client.abort();
  server->abort();
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
