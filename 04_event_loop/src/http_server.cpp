#include "event_loop/http_server.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "http_connection.hpp"
#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace event_loop {

HttpServer::HttpServer(EventLoop& loop, http::Handler handler, HttpServerOptions options)
    : loop_(loop),
      handler_(std::move(handler)),
      options_(std::move(options)),
      log_(options_.log),
      memory_(options_.memory),
      notice_end_([this] { stop_accepting(); }),
      drain_start_([this] { start_drain(); }),
      drain_end_([this] { finish_drain(); }) {
  options_.context.session.memory = &memory_;
  options_.context.session.ending = &ending_;
}

HttpServer::~HttpServer() = default;

sys::Result<std::unique_ptr<HttpServer>> HttpServer::bind(EventLoop& loop,
                                                          const epoll::SocketAddress& address,
                                                          http::Handler handler,
                                                          HttpServerOptions options) {
  auto listener = epoll::TcpListener::bind(address, options.listen);
  SYS_TRY(listener);
  return create(loop, std::move(*listener), std::move(handler), std::move(options));
}

sys::Result<std::unique_ptr<HttpServer>> HttpServer::create(EventLoop& loop,
                                                            epoll::TcpListener listener,
                                                            http::Handler handler,
                                                            HttpServerOptions options) {
  auto bound = listener.local_address();
  SYS_TRY(bound);
  std::unique_ptr<HttpServer> server(new HttpServer(loop, std::move(handler), std::move(options)));
  server->address_ = *bound;
  auto acceptor = Acceptor::create(
      loop, std::move(listener),
      [self = server.get()](epoll::TcpListener::Accepted client) {
        self->admit(std::move(client));
      },
      [self = server.get()](std::error_code error) { self->couldnt_accept(error); });
  SYS_TRY(acceptor);
  server->acceptor_ = std::move(*acceptor);
  return server;
}

void HttpServer::couldnt_accept(std::error_code error) noexcept {
  // strerror allocates nothing, as message() would.
  log_.often(couldnt_accept_lines_, "couldn't accept", std::strerror(error.value()));
}

void HttpServer::admit(epoll::TcpListener::Accepted client) {
  // Want of memory ends this client, and no other.
  sys::Result<> added = sys::failure(ENOMEM);
  try {
    if (!options_.proxy_protocol) tell_new_client(client.peer);
    make_room();
    added = add(std::move(client));
  } catch (const std::bad_alloc&) {
  }
  if (!added) couldnt_accept(added.error());
  update_door();
}

void HttpServer::tell_new_client(const epoll::SocketAddress& address) noexcept {
  if (!options_.verbose) return;
  try {
    log_.write(LogLine() << "new client: " << address.to_string());
  } catch (const std::bad_alloc&) {  // the line is lost, and nothing else
  }
}

// The oldest that is idle goes; the door would be shut if there were none.
void HttpServer::make_room() {
  if (connections_.size() < options_.max_connections) return;
  const auto oldest = std::ranges::find_if(
      connections_, [](const Connection& connection) { return connection.is_idle(); });
  if (oldest != connections_.end()) connections_.erase(oldest);
}

sys::Result<> HttpServer::add(epoll::TcpListener::Accepted client) {
  connections_.emplace_back(*this, ++last_key_, std::move(client));
  const auto connection = std::prev(connections_.end());
  try {
    auto started = connection->start(connection);
    if (!started) connections_.erase(connection);
    return started;
  } catch (...) {
    connections_.erase(connection);
    throw;
  }
}

void HttpServer::close(Connections::iterator connection) {
  connections_.erase(connection);
  update_door();
  if (acceptor_ == nullptr && connections_.empty()) loop_.timers().set(drain_end_, loop_.now());
}

void HttpServer::count_idle(int change) noexcept {
  idle_count_ += static_cast<std::size_t>(change);
  update_door();
}

void HttpServer::update_door() noexcept {
  if (acceptor_ == nullptr) return;
  const bool has_room = connections_.size() < options_.max_connections || idle_count_ > 0;
  if (has_room == !acceptor_->is_paused()) return;
  has_room ? acceptor_->resume() : acceptor_->pause();
}

void HttpServer::drain(epoll::AnyDuration time_limit, Callback done, epoll::AnyDuration notice) {
  ending_ = true;
  drained_ = std::move(done);
  drain_limit_ = time_limit;
  if (Clock::duration(notice) <= Clock::duration(0))
    return loop_.timers().set(drain_start_, loop_.now());
  loop_.timers().set(notice_end_, epoll::saturating_add(loop_.now(), notice));
}

void HttpServer::stop_accepting() {
  if (acceptor_ == nullptr) return;
  acceptor_->accept_queued();
  acceptor_.reset();
  loop_.timers().set(drain_start_,
                     epoll::saturating_add(loop_.now(), options_.last_clients_timeout));
}

void HttpServer::start_drain() {
  // #region 4.13 start_drain @http_server_test @http_server_drain_test
  // The clients in the queue are connected; closing the listener would reset them.
  if (acceptor_ != nullptr) acceptor_->accept_queued();
  acceptor_.reset();
  const auto time_limit = connections_.empty() ? Clock::duration(0) : drain_limit_;
  loop_.timers().set(drain_end_, epoll::saturating_add(loop_.now(), time_limit));
  // finish() may destroy the connection, and with it this place in the list.
  for (auto next = connections_.begin(); next != connections_.end();) (next++)->finish();
  // #endregion 4.13
}

void HttpServer::finish_drain() {
  connections_.clear();
  // Taken out first: it may destroy this server.
  if (Callback done = std::exchange(drained_, {})) done();
}

std::size_t HttpServer::requests_in_flight() const {
  std::size_t count = 0;
  for (const Connection& connection : connections_) {
    if (connection.is_in_flight()) ++count;
  }
  return count;
}

sys::Result<epoll::SocketAddress> HttpServer::local_address() const {
  return address_;
}

}  // namespace event_loop
