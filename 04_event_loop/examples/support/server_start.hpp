// What the servers do before they serve: their command line, and lines that say what they got.
#pragma once

#include <cstdint>
#include <optional>

#include "epoll/socket_address.hpp"
#include "event_loop/http_server.hpp"

namespace examples {

// `[port] [--verbose] [--quiet] [--help]`
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

// "listening on 127.0.0.1:8000", on standard output.
void tell_address(const epoll::SocketAddress& address, bool quiet = false);

}  // namespace examples
