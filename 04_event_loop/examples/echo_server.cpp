// The poll server of the originals: answers a POST with its body, a GET with nothing.
//
//   build/release/bin/echo_server                               listening on 127.0.0.1:1234
//   curl -d "name=WasmEdge" -X POST http://127.0.0.1:1234       name=WasmEdge
#include <chrono>
#include <csignal>
#include <utility>

#include "event_loop/http_server.hpp"
#include "event_loop/signal_source.hpp"
#include "support/hello.hpp"
#include "support/server_start.hpp"
#include "syscall/report.hpp"

namespace {

http::Response echo(const http::Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return http::Response(200);
  if (request.method != "POST") return examples::refuse_method(request.method, "GET, HEAD, POST");
  return http::Response::bytes(200, request.body,
                               request.fields.find("Content-Type").value_or("text/plain"));
}

}  // namespace

int main(int argc, char** argv) {
  examples::ServerArguments arguments{.port = 1234};
  if (const auto status = arguments.parse(argc, argv)) return *status;
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our output that goes away must not end the server
  examples::fit_connections(arguments.options.max_connections, 16, 1, arguments.quiet);

  auto created = event_loop::EventLoop::create();
  if (!created) return sys::fail("epoll", created.error());
  event_loop::EventLoop& loop = **created;
  const auto address = epoll::SocketAddress::loopback(arguments.port);
  auto server = event_loop::HttpServer::bind(loop, address, echo, arguments.options);
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
