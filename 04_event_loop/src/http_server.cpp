#include "event_loop/http_server.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include "http_connection.hpp"
#include "syscall/todo.hpp"

namespace event_loop {
namespace {

void log_to_stderr(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace

HttpServer::HttpServer(EventLoop& loop, http::Handler handler, HttpServerOptions options)
    : loop_(loop),
      handler_(std::move(handler)),
      options_(std::move(options)),
      drain_start_([this] { start_drain(); }),
      drain_end_([this] { finish_drain(); }) {
  if (!options_.log) options_.log = log_to_stderr;
}

HttpServer::~HttpServer() = default;

sys::Result<std::unique_ptr<HttpServer>> HttpServer::bind(EventLoop& loop,
                                                          const epoll::SocketAddress& address,
                                                          http::Handler handler,
                                                          HttpServerOptions options) {
  auto listener = epoll::TcpListener::bind(address, options.listen);
  if (!listener) return sys::failure(listener.error());
  auto bound = listener->local_address();
  if (!bound) return sys::failure(bound.error());
  std::unique_ptr<HttpServer> server(new HttpServer(loop, std::move(handler), std::move(options)));
  server->address_ = *bound;
  auto acceptor = Acceptor::create(
      loop, std::move(*listener),
      [self = server.get()](epoll::TcpListener::Accepted client) {
        self->admit(std::move(client));
      },
      [self = server.get()](std::error_code error) {
        self->log("couldn't accept: " + error.message());
      });
  if (!acceptor) return sys::failure(acceptor.error());
  server->acceptor_ = std::move(*acceptor);
  return server;
}

void HttpServer::admit(epoll::TcpListener::Accepted client) {
  log_verbose("new client: " + client.peer.to_string());
  connections_.push_back(
      std::make_unique<Connection>(*this, ++last_key_, std::move(client.stream)));
  const auto connection = std::prev(connections_.end());
  if (auto started = (*connection)->start(connection); !started) {
    log("couldn't watch a client: " + started.error().message());
    close(connection);
    return;
  }
  if (connections_.size() >= options_.max_connections) acceptor_->pause();
}

void HttpServer::close(Connections::iterator connection) {
  connections_.erase(connection);
  if (acceptor_ != nullptr) {
    if (acceptor_->is_paused()) acceptor_->resume();
  } else if (connections_.empty()) {
    loop_.timers().set(drain_end_, loop_.now());
  }
}

void HttpServer::drain(std::chrono::milliseconds patience, Callback done) {
  drained_ = std::move(done);
  drain_patience_ = patience;
  loop_.timers().set(drain_start_, loop_.now());
}

void HttpServer::start_drain() {
  // #region 4.13 start_drain @http_server_test @http_server_drain_test
  acceptor_.reset();
  loop_.timers().set(drain_end_,
                     loop_.now() + (connections_.empty() ? Clock::duration(0) : drain_patience_));
  // finish() may destroy the connection, and with it this place in the list.
  for (auto next = connections_.begin(); next != connections_.end();) (*next++)->finish();
  // #endregion 4.13
}

void HttpServer::finish_drain() {
  connections_.clear();
  // Taken out first: it may destroy this server.
  if (Callback done = std::exchange(drained_, {})) done();
}

std::size_t HttpServer::requests_in_flight() const {
  std::size_t count = 0;
  for (const auto& connection : connections_) {
    if (connection->is_in_flight()) ++count;
  }
  return count;
}

sys::Result<epoll::SocketAddress> HttpServer::local_address() const {
  return address_;
}

}  // namespace event_loop
