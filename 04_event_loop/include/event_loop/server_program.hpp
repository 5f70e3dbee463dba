// What the server programs of this workbook have in common: their command line, the line that says
// where they listen, and a clean end on SIGINT and SIGTERM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "event_loop/http_server.hpp"

namespace event_loop {

// Numbers from a command line: the whole text, decimal, in range; nullopt for anything else.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

// main() of a server: reads `[port] [--verbose] [--quiet]`, serves on 127.0.0.1 until SIGINT or
// SIGTERM, lets requests that are in flight finish (10 seconds at most; a second signal ends it at
// once), and returns the exit status: 0; 1 if it cannot listen; 2, with the usage on stderr, for a
// command line that it does not understand.
//   --verbose   the log lines of the originals, on stdout
//   --quiet     not even the line `listening on 127.0.0.1:8000`
[[nodiscard]] int run_server_program(int argc, char** argv, std::uint16_t default_port,
                                     http::Handler handler, HttpServerOptions options = {});

}  // namespace event_loop
