#include "support/server_start.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "epoll/activation.hpp"
#include "epoll/descriptor_limit.hpp"
#include "epoll/notify.hpp"
#include "event_loop/log.hpp"
#include "event_loop/signal_source.hpp"
#include "support/hello.hpp"
#include "syscall/report.hpp"

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

std::vector<Argument> operator_arguments(event_loop::HttpTimeouts& timeouts,
                                         std::size_t& max_connections, std::size_t& memory,
                                         bool& proxy_protocol, unsigned& drain_delay) {
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
      {"[--drain-delay S]", epoll::number_into(drain_delay, 0U, 3600U),
       "seconds in which it still serves after SIGTERM, while /health says that it ends; 0 if not "
       "given"},
      {"[--proxy-protocol]", epoll::set(proxy_protocol),
       "each connection has to begin with a header of the PROXY protocol, version 2"},
  };
}

std::optional<int> ServerArguments::parse(int argc, char** argv) {
  std::vector<Argument> all = {{"[port]", epoll::number_into(port), epoll::about_port(port)},
                               {"[--verbose]", epoll::set(options.verbose),
                                "the log lines of the originals, on standard output"},
                               {"[--quiet]", epoll::set(quiet), "does not say where it listens"}};
  std::ranges::move(operator_arguments(options, drain_delay), std::back_inserter(all));
  const epoll::CommandLine line("An HTTP server on 127.0.0.1. SIGINT or SIGTERM ends it.",
                                std::move(all));
  if (const auto status = line.parse(argc, argv)) return status;
  if (options.verbose) {
    options.log = [](std::string_view text) { event_loop::standard_output_log().write(text); };
  }
  return std::nullopt;
}

int serve_http(ServerArguments arguments, http::Handler handler) {
  std::signal(SIGPIPE, SIG_IGN);  // the server must not end when the reader of our output does
  fit_connections(arguments.options.max_connections, 16, 1, arguments.quiet);

  auto created = event_loop::EventLoop::create();
  if (!created) return sys::fail("epoll", created.error());
  event_loop::EventLoop& loop = **created;
  const auto address = epoll::SocketAddress::loopback(arguments.port);
  auto listeners = open_listeners(address, 1);
  if (!listeners) return sys::fail("cannot listen on " + address.to_string(), listeners.error());
  bool is_ending = false;
  auto answer = [&](const http::Request& request) {
    return asks_for_health(request) ? answer_health(is_ending) : handler(request);
  };
  const auto server = event_loop::HttpServer::create(loop, std::move(listeners->front()),
                                                     std::move(answer), arguments.options);
  if (!server) return sys::fail("cannot serve", server.error());

  const auto stop = [&](int) {
    if (std::exchange(is_ending, true)) return loop.stop();
    tell_manager("STOPPING=1");
    (*server)->drain(
        kDrainTimeout, [&] { loop.stop(); }, std::chrono::seconds(arguments.drain_delay));
  };
  const auto signals = event_loop::SignalSource::create(loop, {SIGINT, SIGTERM}, stop);
  if (!signals) return sys::fail("signalfd", signals.error());

  tell_address((*server)->local_address().value(), arguments.quiet);
  tell_manager("READY=1");
  const auto ran = loop.run();
  return ran ? 0 : sys::fail("epoll_wait", ran.error());
}

sys::Result<std::vector<epoll::TcpListener>> open_listeners(const epoll::SocketAddress& address,
                                                            unsigned count) {
  auto passed = epoll::take_passed_sockets();
  SYS_TRY(passed);
  if (passed->empty()) return epoll::TcpListener::bind_group(address, count);
  std::vector<epoll::TcpListener> listeners;
  for (epoll::PassedSocket& socket : *passed) {
    auto listener = epoll::TcpListener::adopt(std::move(socket.fd));
    SYS_TRY(listener);
    listeners.push_back(std::move(*listener));
  }
  for (std::size_t i = 0; listeners.size() < count; ++i) {
    auto another = listeners[i].duplicate();
    SYS_TRY(another);
    listeners.push_back(std::move(*another));
  }
  return listeners;
}

void tell_manager(std::string_view lines) {
  const auto told = epoll::notify_manager(lines);
  if (!told) event_loop::standard_error_log().write("the service manager could not be notified");
}

std::size_t raise_and_tell_descriptor_limit(bool quiet) {
  const auto limit = epoll::raise_descriptor_limit();
  if (!limit) return std::numeric_limits<std::size_t>::max();
  if (quiet || limit->before == limit->now) return limit->now;
  event_loop::LogLine line;
  line << "open files: at most " << limit->now << ", raised from " << limit->before;
  event_loop::standard_error_log().write(line.text());
  return limit->now;
}

void fit_connections(std::size_t& max_connections, std::size_t own, std::size_t each, bool quiet) {
  const std::size_t limit = raise_and_tell_descriptor_limit(quiet);
  if (limit >= own + each * max_connections) return;
  max_connections = std::max<std::size_t>(1, (limit - std::min(limit, own)) / each);
  if (quiet) return;
  event_loop::LogLine line;
  line << "connections: at most " << max_connections << ", for lack of descriptors";
  event_loop::standard_error_log().write(line.text());
}

void tell_address(const epoll::SocketAddress& address, bool quiet) {
  if (quiet) return;
  std::printf("listening on %s\n", address.to_string().c_str());
  std::fflush(stdout);
}

}  // namespace examples
