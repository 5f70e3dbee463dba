#include "async/http/http_service.hpp"

#include <exception>
#include <utility>

#include "async/sync/serve_each.hpp"
#include "async/sync/timeout.hpp"
#include "epoll/proxy_protocol.hpp"
#include "syscall/report.hpp"

namespace async {
namespace {

// A handler that writes faster than its client reads waits while more than this is unsent.
constexpr std::size_t kWaiting = 64 * 1024;

constexpr int kRequestsPerTurn = 64;

constexpr std::string_view kNoRoom = "no room for another client";

}  // namespace

Exchange::Exchange(TcpStream stream, HttpService& service, ThisTask task)
    : stream_(std::move(stream)),
      service_(service),
      session_(service.options_.session),
      phase_deadline_(service.options_, Clock::now()),
      answer_timer_(task) {}

sys::Result<epoll::SocketAddress> Exchange::client_address() const {
  if (proxied_) return *proxied_;
  const auto* const socket = stream_.socket();
  if (socket == nullptr) return sys::failure(EBADF);
  return socket->peer_address();
}

Task<sys::Result<>> Exchange::read_proxy_header() {
  epoll::ProxyHeaderReader reader;
  const auto limit = time_after(service_.options_.head_timeout);
  bool is_whole = false;
  while (!is_whole) {
    // During a drain, a header that the kernel already holds is still read, but nothing is waited
    // for.
    const auto at = [&] { return service_.draining_ ? Clock::time_point::min() : limit; };
    const auto count =
        co_await drained_.interruptible(deadline_.limit(stream_.read(reader.room()), at));
    if (!count && count.error() == std::errc::interrupted) continue;
    if (!count) co_return sys::failure(count.error());
    if (*count == 0) co_return sys::failure(EPROTO);
    const auto progress = reader.received(*count);
    if (!progress) co_return sys::failure(progress.error());
    is_whole = *progress;
  }
  if (const auto& source = reader.header().source)
    proxied_ = std::make_unique<epoll::SocketAddress>(*source);
  co_return sys::Result<>();
}

Clock::time_point Exchange::time_limit() {
  const int fd = stream_.socket() == nullptr ? -1 : stream_.socket()->fd();
  phase_deadline_.update(session_, fd, Clock::now());
  return phase_deadline_.at();
}

void Exchange::start_answer_timer() {
  Scheduler& here = Scheduler::here();
  answer_timer_.expire_at(
      here.timers(), epoll::saturating_add(here.turn_began(), *service_.options_.answer_timeout));
}

http::Next Exchange::next() {
  const http::Next next = session_.advance();
  if (next == http::Next::shutdown) (void)stream_.shutdown();
  if (next == http::Next::write || next == http::Next::read) answered_at_once_ = 0;
  return next;
}

// An operation that is created in the `co_await` expression occupies the coroutine's frame together
// with all the operations that it is made of. That is why these two are functions.
auto Exchange::write_output() {
  const auto send = [this](auto write) {
    const http::OutputPieces pieces = session_.output_pieces();  // head and body are sent together
    return write(pieces.list());
  };
  return deadline_.limit(stream_.write_with(send), [this] { return time_limit(); });
}

auto Exchange::read_input() {
  // The kernel may hold a request: it is answered, but no further request is waited for.
  is_last_look_ = session_.phase() == http::Phase::idle && service_.looks_once_more(*this);
  // A session that waits for its client holds no buffers: they are requested when data has arrived.
  const auto receive = [this](auto read) {
    const sys::Result<std::size_t> count = read(session_.input_space());
    if (!count) (void)session_.advance();  // gives the buffers back
    return count;
  };
  const auto at = [this] { return is_last_look_ ? Clock::time_point::min() : time_limit(); };
  return drained_.interruptible(deadline_.limit(stream_.read_with(receive), at));
}

bool Exchange::has_written(const sys::Result<std::size_t>& count) {
  if (count) session_.sent(*count);
  // (The peer's system may have taken bytes without our noticing: then the client has time left.)
  return count || (count.error() == std::errc::timed_out && time_limit() > Clock::now());
}

bool Exchange::has_read(const sys::Result<std::size_t>& count) {
  if (count) {
    *count == 0 ? session_.received_end() : session_.received(*count);
  } else if (count.error() == std::errc::timed_out) {
    is_last_look_ ? session_.finish() : session_.timed_out();
  }
  return count || count.error() == std::errc::timed_out ||
         count.error() == std::errc::interrupted;  // that is, by a drain
}

// #region advance
Task<http::Next> Exchange::advance(std::size_t may_wait) {
  while (true) {
    const http::Next next = this->next();
    if (next == http::Next::read) {
      const auto count = co_await read_input();
      if (!has_read(count)) co_return http::Next::close;
    } else if (next == http::Next::write) {
      const auto count = co_await write_output();
      if (!has_written(count)) co_return http::Next::close;
      const bool may_go_on = count && session_.output_size() <= may_wait;
      if (may_go_on && may_wait != 0) co_return http::Next::write;
    } else {
      co_return next;
    }
  }
}
// #endregion advance

Task<sys::Result<http::Next>> Exchange::receive() {
  stop_answer_timer();  // from here the time is the client's, limited by body_timeout
  const http::Next next = co_await advance();
  start_answer_timer();
  if (next == http::Next::body || next == http::Next::request) co_return next;
  state_ = State::over;
  co_return sys::failure(std::errc::connection_aborted);
}

Task<sys::Result<>> Exchange::read_body(std::size_t limit) {
  const bool at_head = session_.advance() == http::Next::head;
  if (at_head && request().content_length.value_or(0) > limit) co_return sys::failure(EMSGSIZE);
  if (at_head) session_.accept_body(http::BodyMode::keep);
  const auto next = co_await receive();
  if (next && request().body.size() > limit) co_return sys::failure(EMSGSIZE);
  co_return sys::without_value(next);
}

Task<sys::Result<>> Exchange::discard_body() {
  if (session_.advance() == http::Next::head) session_.accept_body(http::BodyMode::discard);
  const auto next = co_await receive();
  co_return sys::without_value(next);
}

Task<sys::Result<std::span<const std::byte>>> Exchange::read_some() {
  const http::Next before = session_.advance();
  if (before == http::Next::head) session_.stream_body();
  if (before == http::Next::body) session_.body_taken();
  const auto next = co_await receive();
  if (!next) co_return sys::failure(next.error());
  if (*next != http::Next::body) co_return std::span<const std::byte>();
  co_return session_.body_piece();
}

void Exchange::respond(http::Response response) {
  session_.respond(std::move(response));
  state_ = State::over;
}

void Exchange::begin(const http::Response& head, std::optional<std::uint64_t> length) {
  session_.respond_streaming(head, length);
  state_ = State::streaming;
  start_answer_timer();
}

Task<sys::Result<>> Exchange::write(std::span<const std::byte> bytes) {
  session_.append_body(bytes);
  // Part of it is sent now, however little there is: the next piece may take long to come.
  stop_answer_timer();  // from here the time is the client's, limited by write_timeout
  const http::Next next = co_await advance(kWaiting);
  start_answer_timer();
  if (next == http::Next::close) co_return sys::failure(std::errc::connection_aborted);
  co_return sys::Result<>();
}

void Exchange::end() {
  session_.end_body();
  state_ = State::over;
}

HttpService::HttpService(Handler handler, Options options)
    : handler_(std::move(handler)),
      options_(std::move(options)),
      memory_(options_.memory),
      places_(options_.max_connections),
      drain_step_([this] { next_drain_step(); }),
      log_(options_.log) {
  options_.session.memory = &memory_;
  options_.session.ending = &ending_;
  if (!options_.answer_timeout) options_.answer_timeout = options_.write_timeout;
}

Task<std::error_code> HttpService::serve(TcpListener listener) {
  listener_.emplace(std::move(listener));
  if (draining_) listener_->close();  // `drain` was called before `serve`
  // The timer is set already, so that a drain only moves it, which allocates nothing.
  auto& timers = Scheduler::here().timers();
  if (!drain_step_.is_set()) timers.set(drain_step_, Clock::time_point::max());
  TaskGroup connections(CancelRest::never);
  connections_ = &connections;
  const auto admit_next = [this] { return admit(); };
  const auto told = [this](std::string_view why) { log_.often(no_room_, kNoRoom, why); };
  const auto why = co_await accept_each(admit_next, told);
  listener_->close();
  (void)co_await connections.join();
  connections_ = nullptr;
  co_return why;
}

Task<sys::Result<>> HttpService::admit() {
  // Closing a listener resets the connections in its queue, so they are accepted first; but new
  // connections are not waited for.
  const bool is_last_look = draining_ || !accepting_;
  const Duration limit = is_last_look ? Duration(0) : Duration::max();
  auto stream = co_await drained_.interruptible(timeout(limit, listener_->accept()));
  if (!stream) {
    if (stream.error() == std::errc::interrupted) co_return sys::Result<>();
    const bool is_over = is_last_look && stream.error() == std::errc::timed_out;
    co_return sys::failure(is_over ? sys::error_code(EBADF) : stream.error());
  }
  // If no place is free, the connection that has been idle for longest since its last answer is
  // asked to check for a request once more, and to close.
  is_crowded_ = places_.free() == 0;
  if (is_crowded_) {
    for (Exchange& client : clients_) {
      if (client.session_.phase() != http::Phase::idle || !looks_once_more(client)) continue;
      client.drained_.trigger();
      break;
    }
  }
  auto place = co_await places_.acquire();
  is_crowded_ = false;
  if (!place) co_return sys::failure(place.error());
  connections_->spawn(serve_client(std::move(*stream), std::move(*place)));
  co_return sys::Result<>();
}

// If true, the connection only checks whether a request has already arrived, and does not wait for
// one.
bool HttpService::looks_once_more(const Exchange& client) const noexcept {
  return draining_ || (is_crowded_ && client.session_.requests_answered() > 0);
}

// The place is free again when the task is destroyed.
Task<> HttpService::serve_client(TcpStream stream, Semaphore::Permit) {
  try {
    const ThisTask task = co_await this_task();
    Exchange client(std::move(stream), *this, task);
    clients_.push_back(client);
    if (options_.proxy_protocol) {
      const auto told = co_await client.read_proxy_header();
      if (!told) {
        log_.often(no_header_, "closed a connection", event_loop::kNoProxyHeader);
        co_return;
      }
    }
    co_await converse(client);
  } catch (...) {
    // Lack of memory, for instance, ends this connection, and no other.
    log_.failure("a connection failed", sys::describe(std::current_exception()));
  }
}

// #region converse
Task<> HttpService::converse(Exchange& client) {
  while (true) {
    const http::Next next = client.next();
    if (next == http::Next::read) {
      const auto count = co_await client.read_input();
      if (!client.has_read(count)) co_return;
    } else if (next == http::Next::write) {
      const auto count = co_await client.write_output();
      if (!client.has_written(count)) co_return;
    } else if (next == http::Next::body) {
      client.session_.body_taken();  // its handler has answered before it took the whole body
    } else if (next == http::Next::close) {
      co_return;
    }
    if (next != http::Next::head && next != http::Next::request) continue;
    // #region http_service.answer
    client.state_ = Exchange::State::open;
    client.is_at_head_ = next == http::Next::head;
    std::exception_ptr exception;
    client.start_answer_timer();
    try {
      co_await handler_(client);
    } catch (...) {
      exception = std::current_exception();
    }
    client.stop_answer_timer();
    const bool is_late = client.answer_timer_.has_expired();
    if (exception) log_.failure("the handler failed", sys::describe(exception));
    if (is_late)
      log_.often(late_, "a handler was asked to stop", "it took too long for its answer");
    if (client.state_ == Exchange::State::open) {
      client.respond(is_late ? http::Response::text(503, "The answer has taken too long.\n").close()
                             : http::Response::text(500, "The server has failed.\n").close());
    }
    if (is_late) {
      // Its task can no longer wait: only as much is sent as the kernel takes now.
      if (const auto* const socket = client.stream_.socket())
        (void)socket->write(client.session_.output());
      (void)client.stream_.shutdown();
    }
    if (is_late || client.state_ != Exchange::State::over) co_return;
    // #endregion http_service.answer
    clients_.push_back(client);
    // Pipelined requests are answered without a wait in between. Other tasks must not have to wait
    // for all of them.
    if (++client.answered_at_once_ < kRequestsPerTurn) continue;
    client.answered_at_once_ = 0;
    const auto yielded = co_await yield();
    if (!yielded) co_return;
  }
}
// #endregion converse

std::vector<std::pair<std::uint64_t, http::Phase>> HttpService::phases() const {
  std::vector<std::pair<std::uint64_t, http::Phase>> phases;
  for (const Exchange& client : clients_)
    phases.emplace_back(client.answer_timer_.task().id(), client.session_.phase());
  return phases;
}

void HttpService::drain(epoll::AnyDuration time_limit, epoll::AnyDuration notice) {
  ending_ = true;
  drain_limit_ = time_limit;
  if (draining_ || Duration(notice) == Duration(0)) return start_drain();
  Scheduler::here().timers().set(drain_step_, time_after(notice));
}

void HttpService::next_drain_step() {
  if (draining_) return break_off();
  if (!std::exchange(accepting_, false)) return start_drain();
  drained_.trigger();
  Scheduler::here().timers().set(drain_step_, time_after(options_.last_clients_timeout));
}

void HttpService::start_drain() {
  // #region http_service.drain
  draining_ = true;
  drained_.trigger();
  Scheduler::here().timers().set(drain_step_, time_after(drain_limit_));
  // An idle connection waits in a read, and could wait there for a long time.
  for (Exchange& client : clients_) client.drained_.trigger();
  // #endregion http_service.drain
}

void HttpService::break_off() {
  if (listener_) listener_->close();
  for (Exchange& client : clients_) client.stream_.close();
  // A handler may be waiting for something other than its client.
  if (connections_ != nullptr) connections_->cancel();
}

}  // namespace async
