// The epoll server of the originals, as it should have been.
//
//   build/release/bin/hello_server 8000          listening on 127.0.0.1:8000
//   curl -i http://127.0.0.1:8000                HTTP/1.1 200 OK ... Hello! I am an epoll server.
//   build/release/bin/hello_server --verbose     new client, set content length, got all data, ...
//
// On SIGINT or SIGTERM, requests that have begun are finished, for 10 seconds at most; a second signal
// ends it at once. A body is counted and dropped as it comes, since the answer does not depend on it:
// an upload of any size, up to the limit, takes no more memory than a small one.
#include <chrono>
#include <csignal>
#include <utility>

#include "event_loop/http_server.hpp"
#include "event_loop/signal_source.hpp"
#include "support/hello.hpp"
#include "support/server_start.hpp"
#include "syscall/report.hpp"

int main(int argc, char** argv) {
  examples::ServerArguments arguments{.port = 8000};
  if (const auto status = arguments.parse(argc, argv)) return *status;
  arguments.options.context.session.body = http::BodyMode::discard;
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our output that goes away must not end the server
  examples::fit_connections(arguments.options.max_connections, 16, 1, arguments.quiet);

  auto created = event_loop::EventLoop::create();
  if (!created) return sys::fail("epoll", created.error());
  event_loop::EventLoop& loop = **created;
  const auto address = epoll::SocketAddress::loopback(arguments.port);
  auto server =
      event_loop::HttpServer::bind(loop, address, examples::answer_hello, arguments.options);
  if (!server) return sys::fail("cannot listen on " + address.to_string(), server.error());

  bool draining = false;
  const auto stop = [&](int) {
    if (std::exchange(draining, true)) return loop.stop();
    (*server)->drain(std::chrono::seconds(10), [&] { loop.stop(); });
  };
  const auto signals = event_loop::SignalSource::create(loop, {SIGINT, SIGTERM}, stop);
  if (!signals) return sys::fail("signalfd", signals.error());

  examples::tell_address((*server)->local_address().value(), arguments.quiet);
  const auto ran = loop.run();
  return ran ? 0 : sys::fail("epoll_wait", ran.error());
}
