#include "support/server_start.hpp"

#include <cstdio>
#include <string_view>

#include "epoll/command_line.hpp"
#include "epoll/descriptor_limit.hpp"
#include "event_loop/log.hpp"

namespace examples {

std::optional<int> ServerArguments::parse(int argc, char** argv) {
  const epoll::CommandLine line(
      "An HTTP server on 127.0.0.1. SIGINT or SIGTERM ends it.",
      {{"[port]", epoll::number_into(port), epoll::about_port(port)},
       {"[--verbose]", epoll::set(options.verbose),
        "the log lines of the originals, on standard output"},
       {"[--quiet]", epoll::set(quiet), "does not say where it listens"}});
  if (const auto status = line.parse(argc, argv)) return status;
  if (options.verbose) {
    options.log = [](std::string_view text) { event_loop::standard_output_log().write(text); };
  }
  return std::nullopt;
}

void raise_and_tell_descriptor_limit(bool quiet) {
  const auto limit = epoll::raise_descriptor_limit();
  if (quiet || !limit || limit->before == limit->now) return;
  event_loop::LogLine line;
  line << "open files: at most " << limit->now << ", raised from " << limit->before;
  event_loop::standard_error_log().write(line.text());
}

void tell_address(const epoll::SocketAddress& address, bool quiet) {
  if (quiet) return;
  std::printf("listening on %s\n", address.to_string().c_str());
  std::fflush(stdout);
}

}  // namespace examples
