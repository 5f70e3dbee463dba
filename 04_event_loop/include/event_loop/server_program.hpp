// What the server programs of this workbook have in common: their command line, the line that says
// where they listen, and a clean end on SIGINT and SIGTERM.
#pragma once

#include <cstdint>

#include "event_loop/http_server.hpp"

namespace event_loop {

// Raises the limit of open descriptors to what this process may have, and says so on stderr if that
// changed anything, unless it is to be `quiet`.
void raise_and_tell_descriptor_limit(bool quiet = false);

// main() of a server: reads `[port] [--verbose] [--quiet] [--help]`, serves on 127.0.0.1 until SIGINT or
// SIGTERM, lets requests that are in flight finish (10 seconds at most; a second signal ends it at
// once), and returns the exit status: 0; 1 if it cannot listen; 2, with the usage on stderr, for a
// command line that it does not understand.
//   --verbose   the log lines of the originals, on stdout
//   --quiet     not even the lines `listening on 127.0.0.1:8000` and `open files: ...`
[[nodiscard]] int run_server_program(int argc, char** argv, std::uint16_t default_port,
                                     http::Handler handler, HttpServerOptions options = {});

}  // namespace event_loop
