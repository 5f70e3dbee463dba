// An HTTP/1.1 server in one thread [RFC 9110, RFC 9112].
//
//   auto loop = event_loop::EventLoop::create().value();
//   auto server = event_loop::HttpServer::bind(
//       *loop, epoll::SocketAddress::loopback(8000),
//       [](const http::Request&) { return http::Response::text(200, "Hello!"); });
//   loop->run();
//
// The protocol is implemented by http::RequestContext, one for each connection; its states are
// those drawn in http/session.hpp, and the server has no others. The server adds what needs a loop
// and a clock: it accepts clients, waits for what each context asks for, and sets a deadline for
// every wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string_view>

#include "epoll/socket_address.hpp"
#include "epoll/tcp_listener.hpp"
#include "event_loop/acceptor.hpp"
#include "event_loop/event_loop.hpp"
#include "event_loop/phase_deadline.hpp"
#include "event_loop/server_log.hpp"
#include "http/request_context.hpp"

namespace event_loop {

struct HttpServerOptions : HttpTimeouts {
  http::ContextOptions context;  // limits of requests and buffers, what to do with bodies
  epoll::ListenOptions listen;
  // Bytes that the buffers of all connections may hold together; see http/memory_budget.hpp.
  std::size_t memory = std::size_t{1} << 30;
  // Beyond this number, a new client takes the place of the connection that has been idle for
  // longest since its last answer. While there is no such connection, further clients wait in the
  // kernel's queue.
  std::size_t max_connections = 10'000;
  // Each connection has to begin with a header of the PROXY protocol (epoll/proxy_protocol.hpp), or
  // is closed. For a server that only its proxy can reach, because the header decides which address
  // is logged.
  bool proxy_protocol = false;

  // Gets the log, one line per call, without the end of line. Lines that are not logged by default
  // come only with `verbose`; lines about trouble always come. It must not block, because every
  // client would wait for it. An exception that it throws is ignored, and the line is lost.
  std::function<void(std::string_view)> log;  // none: standard_error_log() (log.hpp)
  bool verbose = false;
};

class HttpServer {
 public:
  // Listens at once. Neither `loop` nor anything that the handler refers to is owned; both must
  // outlive the server. Errors are those of epoll::TcpListener::bind.
  [[nodiscard]] static sys::Result<std::unique_ptr<HttpServer>> bind(
      EventLoop& loop, const epoll::SocketAddress& address, http::Handler handler,
      HttpServerOptions options = {});
  // The same with an existing listener; options.listen is then ignored.
  [[nodiscard]] static sys::Result<std::unique_ptr<HttpServer>> create(
      EventLoop& loop, epoll::TcpListener listener, http::Handler handler,
      HttpServerOptions options = {});

  ~HttpServer();  // closes every connection at once; see drain for a graceful end
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Ends gracefully: accepts the clients that wait in the kernel's queue, and then no more; answers
  // every request that has arrived or begun, closes idle connections, and closes the connections
  // that are left after `time_limit`. Then `done`, if there is one, is called, which may destroy
  // the server. None of this happens inside the call, so a handler may call it, too.
  //
  // Before all that, for the time of `notice`, the server continues to accept and to answer, but
  // each answer says Connection: close. In that time a load balancer learns from a health page that
  // the server is about to end, and the connections that a proxy keeps are used up: none of them is
  // closed while a request is on its way. Then no more clients are accepted, and after
  // last_clients_timeout the rest begins.
  void drain(epoll::AnyDuration time_limit, Callback done,
             epoll::AnyDuration notice = std::chrono::seconds(0));

  [[nodiscard]] sys::Result<epoll::SocketAddress> local_address() const;
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
  // Connections whose request has begun and whose answer is not yet sent. Counted at each call.
  [[nodiscard]] std::size_t requests_in_flight() const;
  // How many clients were closed at once because no descriptor was left; 0 again once a drain has
  // begun.
  [[nodiscard]] std::size_t turned_away() const noexcept {
    return acceptor_ == nullptr ? 0 : acceptor_->turned_away();
  }

 private:
  class Connection;
  using Connections = std::list<Connection>;

  HttpServer(EventLoop& loop, http::Handler handler, HttpServerOptions options);
  void admit(epoll::TcpListener::Accepted client);
  void make_room();
  [[nodiscard]] sys::Result<> add(epoll::TcpListener::Accepted client);
  void tell_new_client(const epoll::SocketAddress& address) noexcept;
  void close(Connections::iterator connection);
  void count_idle(int change) noexcept;
  void update_door() noexcept;
  void couldnt_accept(std::error_code error) noexcept;
  void stop_accepting();
  void start_drain();
  void finish_drain();

  EventLoop& loop_;
  http::Handler handler_;
  HttpServerOptions options_;
  std::unique_ptr<Acceptor> acceptor_;  // null from the beginning of a drain
  ServerLog log_;
  OncePerSecond couldnt_accept_lines_;
  OncePerSecond no_header_lines_;
  epoll::SocketAddress address_;
  http::MemoryBudget memory_;
  Connections connections_;     // in the order in which each was accepted, or last answered
  std::size_t idle_count_ = 0;  // connections that have been answered and wait for another request
  std::size_t last_key_ = 100;  // the listener's key in the original; clients had 101, 102, ...
  // The steps of a drain, each a timer, because a timer is cancelled with its owner.
  bool ending_ = false;
  Callback drained_;
  std::chrono::nanoseconds drain_limit_{};
  CallbackTimer notice_end_;
  CallbackTimer drain_start_;
  CallbackTimer drain_end_;  // set to the deadline, or to now when the last connection closes
};

}  // namespace event_loop
