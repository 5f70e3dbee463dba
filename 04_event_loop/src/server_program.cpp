#include "event_loop/server_program.hpp"

#include <csignal>

#include <cstdio>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "epoll/descriptor_limit.hpp"
#include "epoll/signals.hpp"
#include "epoll/socket_address.hpp"

namespace event_loop {
namespace {

constexpr std::chrono::seconds kDrainPatience{10};

struct CommandLine {
  std::uint16_t port;
  bool verbose = false;
  bool quiet = false;
};

std::optional<CommandLine> parse(std::span<char*> arguments, std::uint16_t default_port) {
  CommandLine line{default_port};
  bool has_port = false;
  for (const std::string_view argument : arguments) {
    if (argument == "--verbose") {
      line.verbose = true;
    } else if (argument == "--quiet") {
      line.quiet = true;
    } else if (const auto port = epoll::parse_port(argument); port && !has_port) {
      line.port = *port;
      has_port = true;
    } else {
      return std::nullopt;
    }
  }
  return line;
}

int fail(std::string_view what, std::error_code error) {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(),
               error.message().c_str());
  return 1;
}

// SIGINT or SIGTERM: the first one drains the server and then stops the loop, a second one does not
// wait for the clients.
class StopOnSignal : public Source {
 public:
  StopOnSignal(EventLoop& loop, HttpServer& server, epoll::Signals signals)
      : loop_(loop), server_(server), signals_(std::move(signals)) {}
  ~StopOnSignal() override {
    loop_.remove(token_);
    // An impatient third Ctrl-C would end the process when the signals are let through again, and
    // with another exit status than ours.
    while (signals_.next()) continue;
  }

  [[nodiscard]] sys::Result<> start() {
    auto token = loop_.add(signals_.fd(), epoll::Interest::read(), epoll::Trigger::level, *this);
    if (!token) return sys::failure(token.error());
    token_ = *token;
    return {};
  }

 private:
  void on_event(const epoll::Event&) override {
    if (!signals_.next()) return;
    if (std::exchange(draining_, true)) {
      loop_.stop();
    } else {
      server_.drain(kDrainPatience, [this] { loop_.stop(); });
    }
  }

  EventLoop& loop_;
  HttpServer& server_;
  epoll::Signals signals_;
  epoll::Token token_;
  bool draining_ = false;
};

}  // namespace

void raise_and_tell_descriptor_limit(bool quiet) {
  const auto limit = epoll::raise_descriptor_limit();
  if (quiet || !limit || limit->before == limit->now) return;
  LogLine line;
  line << "open files: at most " << limit->now << ", raised from " << limit->before;
  standard_error_log().write(line.text());
}

int run_server_program(int argc, char** argv, std::uint16_t default_port, http::Handler handler,
                       HttpServerOptions options) {
  const auto line = parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1), default_port);
  if (!line) {
    std::fprintf(stderr,
                 "usage: %s [port] [--verbose] [--quiet]\n"
                 "  port   0 to 65535, 0 for any that is free; %d if not given\n",
                 argv[0], default_port);
    return 2;
  }
  options.verbose = line->verbose;
  if (line->verbose) {
    options.log = [](std::string_view text) { standard_output_log().write(text); };
  }
  // A reader of our log that goes away must not end the server [signal(7), SIGPIPE].
  std::signal(SIGPIPE, SIG_IGN);

  raise_and_tell_descriptor_limit(line->quiet);
  auto signals = epoll::Signals::create({SIGINT, SIGTERM});
  if (!signals) return fail("signalfd", signals.error());
  auto loop = EventLoop::create();
  if (!loop) return fail("epoll", loop.error());
  const auto address = epoll::SocketAddress::loopback(line->port);
  auto server = HttpServer::bind(**loop, address, std::move(handler), std::move(options));
  if (!server) return fail("cannot listen on " + address.to_string(), server.error());
  StopOnSignal stop(**loop, **server, std::move(*signals));
  if (auto started = stop.start(); !started) return fail("epoll_ctl", started.error());

  if (!line->quiet) {
    std::printf("listening on %s\n", (*server)->local_address()->to_string().c_str());
    std::fflush(stdout);
  }
  if (auto ran = (*loop)->run(); !ran) return fail("epoll_wait", ran.error());
  return 0;
}

}  // namespace event_loop
