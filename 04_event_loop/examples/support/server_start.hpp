// What the servers do before they serve: their command line, and lines that say what they got.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "epoll/command_line.hpp"
#include "epoll/socket_address.hpp"
#include "event_loop/http_server.hpp"

namespace examples {

// The limits that one who runs a server sets: how long a client may take, in seconds, how many
// connections there may be, and how much memory all of their buffers may hold together.
[[nodiscard]] std::vector<epoll::CommandLine::Argument> limit_arguments(
    event_loop::HttpTimeouts& timeouts, std::size_t& max_connections, std::size_t& memory);

// `[port] [--verbose] [--quiet] [--help]`, and the limits
struct ServerArguments {
  std::uint16_t port;  // what stands here is the default
  bool quiet = false;
  event_loop::HttpServerOptions options = {};

  // The exit status if the program is to end here, as of epoll::CommandLine::parse. With --verbose
  // the lines of the originals go to standard output.
  [[nodiscard]] std::optional<int> parse(int argc, char** argv);
};

// Raises the limit of open descriptors to what this process may have, and says so on stderr if that
// changed anything, unless it is to be `quiet`.
void raise_and_tell_descriptor_limit(bool quiet = false);

// The same, and then lowers `max_connections` so far that `own` descriptors of the program and `each` for
// every connection find room. A server that is at its cap lets the connection go that has been idle for
// longest; one that has no descriptor left accepts no client at all.
void fit_connections(std::size_t& max_connections, std::size_t own, std::size_t each, bool quiet);

// "listening on 127.0.0.1:8000", on standard output.
void tell_address(const epoll::SocketAddress& address, bool quiet = false);

}  // namespace examples
