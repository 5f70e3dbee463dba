// What the servers do besides serving: their command line, lines that report their limits and
// addresses, and what they report to a service manager.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "epoll/command_line.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "event_loop/http_server.hpp"

namespace examples {

// How long requests that have begun may take after SIGINT or SIGTERM.
inline constexpr std::chrono::seconds kDrainTimeout{10};

// `[port] [--verbose] [--quiet] [--help]`, and those of operator_arguments
struct ServerArguments {
  std::uint16_t port;  // the initial value is the default
  bool quiet = false;
  unsigned drain_delay = 0;  // seconds
  event_loop::HttpServerOptions options = {};

  // The exit status if the program is to end here, as of epoll::CommandLine::parse. With --verbose
  // the lines of the originals go to standard output.
  [[nodiscard]] std::optional<int> parse(int argc, char** argv);
};

// What the operator of any HTTP server here may set: the time limits of `options`, an
// HttpServerOptions or an async::HttpService::Options; the number of connections, and the memory
// that all of their buffers may hold together; what a load balancer in front of it needs.
[[nodiscard]] std::vector<epoll::CommandLine::Argument> operator_arguments(
    event_loop::HttpTimeouts& timeouts, std::size_t& max_connections, std::size_t& memory,
    bool& proxy_protocol, unsigned& drain_delay);
template <class Options>
[[nodiscard]] std::vector<epoll::CommandLine::Argument> operator_arguments(Options& options,
                                                                           unsigned& drain_delay) {
  return operator_arguments(options, options.max_connections, options.memory,
                            options.proxy_protocol, drain_delay);
}

// The rest of main() for a server on an event loop: serves `handler`, and /health (hello.hpp),
// until SIGINT or SIGTERM. Requests that have begun are finished, for kDrainTimeout at most; a
// second signal ends the server at once. Returns the exit status.
[[nodiscard]] int serve_http(ServerArguments arguments, http::Handler handler);

// Raises the limit of open descriptors as far as this process may, and reports a change on stderr,
// unless `quiet`. Returns the limit, or the largest number if the kernel does not tell it.
std::size_t raise_and_tell_descriptor_limit(bool quiet = false);

// The same, and then lowers `max_connections` until `own` descriptors of the program and `each` for
// every connection fit. A server that has reached its maximum closes the connection that has been
// idle for longest; a server without a free descriptor accepts no client at all.
void fit_connections(std::size_t& max_connections, std::size_t own, std::size_t each, bool quiet);

// One listener for each thread: those that a service manager has passed (epoll/activation.hpp), or
// else `count` on `address`. If fewer than `count` are passed, threads share them.
[[nodiscard]] sys::Result<std::vector<epoll::TcpListener>> open_listeners(
    const epoll::SocketAddress& address, unsigned count);

// "listening on 127.0.0.1:8000", on standard output.
void tell_address(const epoll::SocketAddress& address, bool quiet = false);

// epoll::notify_manager; a failure is logged on stderr, since the server runs without it.
void tell_manager(std::string_view lines);

}  // namespace examples
