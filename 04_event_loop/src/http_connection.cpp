#include "http_connection.hpp"

#include <utility>

#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace event_loop {

HttpServer::Connection::Connection(HttpServer& server, std::size_t key,
                                   epoll::TcpListener::Accepted client)
    : server_(server),
      key_(key),
      context_(std::move(client.stream), server.handler_, server.options_.context, this),
      deadline_(server.options_, server.loop_.now()) {
  if (server.options_.proxy_protocol) proxied_ = std::make_unique<Proxied>(client.peer);
}

HttpServer::Connection::~Connection() {
  set_idle(false);
  server_.loop_.forget(token_);  // the context closes the socket, which nothing else holds
}

sys::Result<> HttpServer::Connection::start(Connections::iterator self) {
  self_ = self;
  // Level-triggered, and a change of interest only when the context changes what it waits for: a
  // request that is answered at once costs no epoll_ctl.
  auto token = server_.loop_.add(context_.stream().fd(), epoll::Interest::read(),
                                 epoll::Trigger::level, *this);
  SYS_TRY(token);
  token_ = *token;
  server_.loop_.timers().set(*this, deadline_.at());
  return {};
}

void HttpServer::Connection::set_idle(bool idle) noexcept {
  if (std::exchange(is_idle_, idle) != idle) server_.count_idle(idle ? 1 : -1);
}

bool HttpServer::Connection::is_in_flight() const {
  const http::Phase phase = context_.phase();
  return phase > http::Phase::idle && phase < http::Phase::lingering;
}

sys::Result<bool> HttpServer::Connection::read_proxy_header() {
  while (proxied_) {
    const auto count = context_.stream().read(proxied_->reader.room());
    if (!count && sys::would_block(count.error())) return false;
    SYS_TRY(count);
    if (*count == 0) return sys::failure(std::errc::protocol_error);
    const auto is_whole = proxied_->reader.received(*count);
    SYS_TRY(is_whole);
    if (!*is_whole) continue;
    server_.tell_new_client(proxied_->reader.header().source.value_or(proxied_->proxy));
    proxied_.reset();
  }
  return true;
}

void HttpServer::Connection::finish() {
  const auto is_known = read_proxy_header();
  advance(is_known.value_or(false) ? context_.finish() : http::Next::close);
}

void HttpServer::Connection::on_event(const epoll::Event&) {
  const auto is_known = read_proxy_header();
  if (!is_known) {
    server_.log_.often(server_.no_header_lines_, "closed a connection", kNoProxyHeader);
    return server_.close(self_);
  }
  if (!*is_known) return;
  // One of the two is being waited for, and only that one is reported, or an error, which the call
  // that we make anyway will tell.
  advance(waits_for_ == http::Next::write ? context_.write_cb() : context_.read_cb());
}

void HttpServer::Connection::on_timeout() {
  // #region 4.11 on_timeout @http_server_test @http_server_deadlines_test
  put_off();  // bytes that the client has read cause no event
  if (server_.loop_.now() < deadline_.at()) {
    server_.loop_.timers().set(*this, deadline_.at());  // the deadline has moved since
    return;
  }
  advance(context_.timed_out());
  // #endregion 4.11
}

// The last thing that any entry does: it may destroy this connection.
void HttpServer::Connection::advance(sys::Result<http::Next> next) {
  // #region 4.10 advance @http_server_test @http_server_limits_test @http_server_echo_faults_test
  // An error of this connection ends this connection, and nothing else.
  if (!next || *next == http::Next::close || !wait_for(*next)) {
    server_.close(self_);
    return;
  }
  put_off();
  // #endregion 4.10
}

sys::Result<> HttpServer::Connection::wait_for(http::Next next) {
  if (next == waits_for_) return {};
  waits_for_ = next;
  return server_.loop_.modify(
      token_, next == http::Next::write ? epoll::Interest::write() : epoll::Interest::read(),
      epoll::Trigger::level);
}

// The timer itself is left alone: when it fires too early it is set again, once, instead of at every
// request.
void HttpServer::Connection::put_off() {
  set_idle(context_.phase() == http::Phase::idle && context_.requests_answered() > 0);
  if (!deadline_.update(context_, context_.stream().fd(), server_.loop_.now())) return;
  if (!is_set() || deadline_.at() < deadline()) server_.loop_.timers().set(*this, deadline_.at());
}

void HttpServer::Connection::content_length_set(std::uint64_t bytes) noexcept {
  if (!server_.options_.verbose) return;
  server_.log_.write(LogLine() << "set content length: " << bytes << " bytes");
}

void HttpServer::Connection::got_all_data(std::uint64_t bytes) noexcept {
  if (!server_.options_.verbose) return;
  server_.log_.write(LogLine() << "got all data: " << bytes << " bytes");
  server_.log_.write(LogLine() << "requests in flight: " << server_.requests_in_flight());
}

void HttpServer::Connection::answered() noexcept {
  // The one that was answered last is the last to make room for another.
  server_.connections_.splice(server_.connections_.end(), server_.connections_, self_);
  if (!server_.options_.verbose) return;
  server_.log_.write(LogLine() << "answered from request " << key_);
}

void HttpServer::Connection::handler_failed(std::string_view what) noexcept {
  server_.log_.failure((LogLine() << "request " << key_ << ": the handler failed").text(), what);
}

void HttpServer::Connection::refused(const http::ParseError& error) noexcept {
  if (!server_.options_.verbose) return;
  server_.log_.write(LogLine() << "request " << key_
                               << " refused: " << static_cast<unsigned>(error.status) << " "
                               << error.what << " (" << error.section << ")");
}

}  // namespace event_loop
