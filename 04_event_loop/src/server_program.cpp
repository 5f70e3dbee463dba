#include "event_loop/server_program.hpp"

#include <csignal>

#include <cstdio>
#include <utility>

#include "epoll/command_line.hpp"
#include "epoll/descriptor_limit.hpp"
#include "epoll/signals.hpp"
#include "epoll/socket_address.hpp"
#include "syscall/report.hpp"

namespace event_loop {
namespace {

constexpr std::chrono::seconds kDrainTimeout{10};

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
      server_.drain(kDrainTimeout, [this] { loop_.stop(); });
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
  std::uint16_t port = default_port;
  bool quiet = false;
  const epoll::CommandLine line(
      "An HTTP server on 127.0.0.1. SIGINT or SIGTERM ends it.",
      {{"[port]", epoll::number_into(port), epoll::about_port(default_port)},
       {"[--verbose]", epoll::set(options.verbose),
        "the log lines of the originals, on standard output"},
       {"[--quiet]", epoll::set(quiet), "does not say where it listens"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  if (options.verbose) {
    options.log = [](std::string_view text) { standard_output_log().write(text); };
  }
  // A reader of our log that goes away must not end the server [signal(7), SIGPIPE].
  std::signal(SIGPIPE, SIG_IGN);

  raise_and_tell_descriptor_limit(quiet);
  auto signals = epoll::Signals::create({SIGINT, SIGTERM});
  if (!signals) return sys::fail("signalfd", signals.error());
  auto loop = EventLoop::create();
  if (!loop) return sys::fail("epoll", loop.error());
  const auto address = epoll::SocketAddress::loopback(port);
  auto server = HttpServer::bind(**loop, address, std::move(handler), std::move(options));
  if (!server) return sys::fail("cannot listen on " + address.to_string(), server.error());
  StopOnSignal stop(**loop, **server, std::move(*signals));
  if (auto started = stop.start(); !started) return sys::fail("epoll_ctl", started.error());

  if (!quiet) {
    std::printf("listening on %s\n", (*server)->local_address()->to_string().c_str());
    std::fflush(stdout);
  }
  if (auto ran = (*loop)->run(); !ran) return sys::fail("epoll_wait", ran.error());
  return 0;
}

}  // namespace event_loop
