// Hands every connection on to another place.
//
//   build/release/bin/tcp_proxy 127.0.0.1:9000 127.0.0.1:8080
//   curl http://127.0.0.1:9000/                    answered by whoever listens on 8080
//
// Two directions, a task for each. A side that has sent its last byte is told on as just that, and
// the other side can still answer (half-close). Back pressure comes by itself: nothing is read before
// all that was read has been written, so a slow reader slows down the writer, by way of TCP, and a
// connection never costs more memory than two buffers.
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "async/async.hpp"
#include "async/server_program.hpp"
#include "epoll/resolve.hpp"
#include "epoll/socket_address.hpp"

namespace {

struct Place {
  Place(std::string_view name, std::uint16_t number) : host(name), port(number) {}
  std::string host;
  std::uint16_t port;

  // "host:port", an IPv6 address in brackets.
  static std::optional<Place> parse(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto port = epoll::parse_port(text.substr(colon + 1));
    if (host.empty() || !port) return std::nullopt;
    return Place(host, *port);
  }
};

async::Task<sys::Result<>> copy(async::TcpStream& from, async::TcpStream& to) {
  std::array<std::byte, 16 * 1024> buffer;
  while (true) {
    const auto count = co_await from.read(buffer);
    if (!count) co_return sys::failure(count.error());
    if (*count == 0) break;
    const auto written = co_await to.write_all(std::span(buffer).first(*count));
    if (!written) co_return sys::failure(written.error());
  }
  // If that fails `to` is broken, and the other direction finds out.
  (void)to.shutdown(epoll::Shutdown::write);
  co_return {};
}

async::Task<> hand_on(async::TcpStream client, const Place& place) {
  auto server = co_await async::TcpStream::connect(place.host, place.port);
  if (!server) {
    std::fprintf(stderr, "%s:%d: %s\n", place.host.c_str(), place.port,
                 server.error().message().c_str());
    co_return;
  }
  async::TaskGroup both;  // if one direction breaks, so does the other
  both.spawn(copy(client, *server));
  both.spawn(copy(*server, client));
  (void)co_await both.join();
}

async::Task<> serve(async::TcpListener& listener, const Place& place) {
  async::TaskGroup connections(async::CancelRest::never);
  auto incoming = listener.incoming();
  while (auto client = co_await incoming.next())
    connections.spawn(hand_on(std::move(*client), place));
  connections.cancel();
  (void)co_await connections.join();
}

}  // namespace

int main(int argc, char** argv) {
  const bool trace = argc == 4 && std::string_view(argv[3]) == "--trace";
  const bool is_complete = argc == 3 || trace;
  const auto from = is_complete ? Place::parse(argv[1]) : std::nullopt;
  const auto to = is_complete ? Place::parse(argv[2]) : std::nullopt;
  if (!from || !to) {
    std::fprintf(stderr, "usage: %s FROM TO [--trace]\n  FROM, TO   host:port\n", argv[0]);
    return 2;
  }
  const auto addresses = epoll::resolve(from->host, from->port);
  if (!addresses) {
    std::fprintf(stderr, "%s: %s\n", argv[1], addresses.error().message().c_str());
    return 1;
  }
  return async::serve_until_signal(addresses->front(), trace, [&](async::TcpListener& listener) {
    return serve(listener, *to);
  });
}
