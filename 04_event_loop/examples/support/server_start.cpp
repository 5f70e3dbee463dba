#include "support/server_start.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "epoll/command_line.hpp"
#include "epoll/descriptor_limit.hpp"
#include "event_loop/log.hpp"

namespace examples {
namespace {

using Argument = epoll::CommandLine::Argument;

// A time limit in seconds, which may have a fraction.
Argument time_limit(std::string form, std::chrono::milliseconds& limit, std::string_view about) {
  const auto store = [&limit](std::string_view text) {
    double seconds = 0;
    if (!epoll::number_into(seconds, 0.001, 1e6)(text)) return false;
    limit = std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
    return true;
  };
  const auto given = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  return {std::move(form), store,
          "seconds " + std::string(about) + "; " + std::to_string(given) + " if not given"};
}

}  // namespace

std::vector<Argument> limit_arguments(event_loop::HttpTimeouts& timeouts,
                                      std::size_t& max_connections, std::size_t& memory) {
  constexpr std::size_t kMebibyte = 1 << 20;
  const auto store_memory = [&memory](std::string_view text) {
    std::size_t mebibytes = 0;
    if (!epoll::number_into(mebibytes, std::size_t{1}, std::size_t{1} << 40)(text)) return false;
    memory = mebibytes * kMebibyte;
    return true;
  };
  return {
      time_limit("[--head-timeout S]", timeouts.head_timeout, "for the head of a request"),
      time_limit("[--body-timeout S]", timeouts.body_timeout, "for each 4 KiB of a body"),
      time_limit("[--write-timeout S]", timeouts.write_timeout, "for each 4 KiB of an answer"),
      time_limit("[--idle-timeout S]", timeouts.idle_timeout, "between two requests"),
      {"[--connections N]",
       epoll::number_into(max_connections, std::size_t{1}, std::size_t{10'000'000}),
       "at most; " + std::to_string(max_connections) + " if not given"},
      {"[--memory MIB]", store_memory,
       "for the buffers of all connections; " + std::to_string(memory / kMebibyte) +
           " if not given"},
  };
}

std::optional<int> ServerArguments::parse(int argc, char** argv) {
  std::vector<Argument> all = {{"[port]", epoll::number_into(port), epoll::about_port(port)},
                               {"[--verbose]", epoll::set(options.verbose),
                                "the log lines of the originals, on standard output"},
                               {"[--quiet]", epoll::set(quiet), "does not say where it listens"}};
  std::ranges::move(limit_arguments(options, options.max_connections, options.memory),
                    std::back_inserter(all));
  const epoll::CommandLine line("An HTTP server on 127.0.0.1. SIGINT or SIGTERM ends it.",
                                std::move(all));
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

void fit_connections(std::size_t& max_connections, std::size_t own, std::size_t each, bool quiet) {
  raise_and_tell_descriptor_limit(quiet);
  const auto limit = epoll::raise_descriptor_limit();  // asks; there is nothing left to raise
  if (!limit || limit->now >= own + each * max_connections) return;
  max_connections = std::max<std::size_t>(1, (limit->now - std::min(limit->now, own)) / each);
  if (quiet) return;
  event_loop::LogLine line;
  line << "connections: at most " << max_connections << ", for want of descriptors";
  event_loop::standard_error_log().write(line.text());
}

void tell_address(const epoll::SocketAddress& address, bool quiet) {
  if (quiet) return;
  std::printf("listening on %s\n", address.to_string().c_str());
  std::fflush(stdout);
}

}  // namespace examples
