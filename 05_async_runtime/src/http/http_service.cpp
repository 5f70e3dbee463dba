#include "async/http/http_service.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <iterator>
#include <new>
#include <source_location>
#include <string>
#include <utility>

#include "async/core/this_task.hpp"
#include "async/sync/task_group.hpp"
#include "async/sync/timeout.hpp"
#include "http/text.hpp"
#include "syscall/report.hpp"

namespace async {
namespace {

// A handler that writes faster than its client reads waits from here on.
constexpr std::size_t kWaiting = 64 * 1024;

constexpr int kRequestsPerTurn = 64;

constexpr std::string_view kNoRoom = "no room for another client";

// A request has begun, and its answer has not.
bool has_begun(const http::Session& session) {
  const http::Phase phase = session.phase();
  return phase == http::Phase::head || phase == http::Phase::body ||
         phase == http::Phase::answering;
}

}  // namespace

// A connection. It lives in the frame of its task.
struct HttpClient : ListHook {
  HttpClient(TcpStream connection, HttpService& serving, ThisTask of)
      : stream(std::move(connection)),
        service(serving),
        session(serving.options_.session),
        deadline(serving.options_, Clock::now()),
        task(of) {}

  // Reads and writes until the session wants something else, and returns that: a request is to be
  // answered, or a piece of its body to be taken. `close` also if the client is gone, `shutdown` when
  // that has been done.
  [[nodiscard]] Task<http::Next> advance();
  // Writes some of the session's output. An error is the end of the connection.
  [[nodiscard]] Task<sys::Result<>> write_some();
  // The time that is left for what the connection is doing; 0 or less if it is over.
  [[nodiscard]] Duration time_left();
  // The time of its handler begins, or begins anew.
  void start_answer_timer() {
    const Duration limit = service.options_.answer_timeout.value_or(service.options_.write_timeout);
    Scheduler::here().timers().set(answer_timer, time_after(limit));
  }
  void stop_answer_timer() noexcept { Scheduler::here().timers().cancel(answer_timer); }

  TcpStream stream;
  HttpService& service;
  http::Session session;
  event_loop::PhaseDeadline deadline;
  ThisTask task;
  Interrupt drained;         // ends its wait for a request
  int answered_at_once = 0;  // requests since it last read or wrote
  bool is_late = false;      // its handler has been asked to stop
  event_loop::CallbackTimer answer_timer{[this] {
    is_late = true;
    task.request_stop();
  }};
};

Duration HttpClient::time_left() {
  const auto now = Clock::now();
  deadline.update(session, stream.socket() == nullptr ? -1 : stream.socket()->fd(), now);
  return deadline.at() - now;
}

// #region advance
Task<http::Next> HttpClient::advance() {
  while (true) {
    if (service.draining_ && has_begun(session)) session.finish();
    const http::Next next = session.advance();
    if (next == http::Next::write) {
      answered_at_once = 0;
      const auto written = co_await write_some();
      if (!written) co_return http::Next::close;
    } else if (next == http::Next::read) {
      answered_at_once = 0;
      // The kernel may hold a request. It is answered, but no other one is waited for.
      const bool is_last_look =
          session.phase() == http::Phase::idle && service.looks_once_more(*this);
      const Duration time_limit = is_last_look ? Duration(0) : time_left();
      const auto room = session.input_space();
      const auto count = co_await drained.interruptible(timeout(time_limit, stream.read(room)));
      if (count && *count != 0) {
        session.received(*count);
      } else if (count) {
        session.received_end();
      } else if (count.error() == std::errc::timed_out) {
        is_last_look ? session.finish() : session.timed_out();
      } else if (count.error() != std::errc::interrupted) {  // that is: by a drain
        co_return http::Next::close;
      }
    } else {
      if (next == http::Next::shutdown) (void)stream.shutdown();
      co_return next;
    }
  }
}
// #endregion advance

Task<sys::Result<>> HttpClient::write_some() {
  // Without a wait at first: most answers fit into the socket's buffer, and `time_left` would ask the
  // kernel how much of it is still on its way.
  const http::OutputPieces pieces = session.output_pieces();  // head and body leave together
  auto count = co_await timeout(Duration(0), stream.write_vectored(pieces.list()));
  if (!count && count.error() == std::errc::timed_out)
    count = co_await timeout(time_left(), stream.write_vectored(pieces.list()));
  if (count) {
    session.sent(*count);
  } else if (count.error() != std::errc::timed_out || time_left() <= Duration(0)) {
    // (Its system may have taken bytes from the kernel that we did not hear of: then it has time left.)
    co_return sys::failure(count.error());
  }
  co_return sys::Result<>();
}

Exchange::Exchange(HttpClient& client) noexcept
    : client_(client), wants_body_(request().method != "HEAD") {}

const http::Request& Exchange::request() const noexcept {
  return client_.session.request();
}

Task<sys::Result<http::Next>> Exchange::receive() {
  client_.stop_answer_timer();  // now the client takes time: body_timeout is for that
  const http::Next next = co_await client_.advance();
  client_.start_answer_timer();
  if (next == http::Next::body || next == http::Next::request) co_return next;
  state_ = State::over;
  co_return sys::failure(std::errc::connection_aborted);
}

Task<sys::Result<>> Exchange::read_body(std::size_t limit) {
  const bool at_head = client_.session.advance() == http::Next::head;
  if (at_head && request().content_length.value_or(0) > limit) co_return sys::failure(EMSGSIZE);
  if (at_head) client_.session.accept_body(http::BodyMode::keep);
  const auto next = co_await receive();
  if (next && request().body.size() > limit) co_return sys::failure(EMSGSIZE);
  co_return sys::without_value(next);
}

Task<sys::Result<>> Exchange::discard_body() {
  if (client_.session.advance() == http::Next::head)
    client_.session.accept_body(http::BodyMode::discard);
  const auto next = co_await receive();
  co_return sys::without_value(next);
}

Task<sys::Result<std::span<const std::byte>>> Exchange::read_some() {
  const http::Next before = client_.session.advance();
  if (before == http::Next::head) client_.session.stream_body();
  if (before == http::Next::body) client_.session.body_taken();
  const auto next = co_await receive();
  if (!next) co_return sys::failure(next.error());
  if (*next != http::Next::body) co_return std::span<const std::byte>();
  co_return client_.session.body_piece();
}

void Exchange::respond(http::Response response) {
  client_.session.respond(std::move(response));
  state_ = State::over;
}

void Exchange::begin(const http::Response& head, std::optional<std::uint64_t> length) {
  client_.session.respond_streaming(head, length);
  state_ = State::streaming;
  client_.start_answer_timer();
}

Task<sys::Result<>> Exchange::write(std::span<const std::byte> bytes) {
  client_.session.append_body(bytes);
  sys::Result<> written;
  // Some of it goes now, however little it is: the next piece may be long in coming. Nothing goes
  // where no body is wanted.
  while (written && !client_.session.output().empty()) {
    client_.stop_answer_timer();  // now the client takes time: write_timeout is for that
    written = co_await client_.write_some();
    if (client_.session.output_size() <= kWaiting) break;
  }
  client_.start_answer_timer();
  co_return written;
}

void Exchange::end() {
  client_.session.end_body();
  state_ = State::over;
}

HttpService::HttpService(Handler handler, Options options)
    : handler_(std::move(handler)),
      options_(std::move(options)),
      memory_(options_.memory),
      places_(options_.max_connections),
      drain_end_([this] { break_off(); }) {
  options_.session.memory = &memory_;
  if (!options_.log)
    options_.log = [](std::string_view line) { event_loop::standard_error_log().write(line); };
}

HttpService::~HttpService() = default;

Task<std::error_code> HttpService::serve(TcpListener listener) {
  listener_.emplace(std::move(listener));
  if (draining_) listener_->close();  // told to stop before it began
  // So that a drain only moves it, which takes no memory.
  auto& timers = Scheduler::here().timers();
  if (!drain_end_.is_set()) timers.set(drain_end_, Clock::time_point::max());
  TaskGroup connections(CancelRest::never);
  connections_ = &connections;
  const auto why = co_await admit_all(connections);
  listener_->close();
  (void)co_await connections.join();
  connections_ = nullptr;
  co_return why;
}

// Until there is a reason to accept no more: that is what it returns. Throws nothing.
Task<std::error_code> HttpService::admit_all(TaskGroup& connections) {
  // #region http_service.admit_all
  bool pauses = false;
  while (true) {
    try {
      if (std::exchange(pauses, false)) {
        (void)co_await yield();  // needs no memory, whatever else does: others have a turn
        const auto slept = co_await sleep_for(kAcceptPause);
        if (!slept) co_return slept.error();
      }
      // Closing a listener resets the connections in its queue: they are accepted first, but no new
      // ones are waited for.
      const Duration limit = draining_ ? Duration(0) : Duration::max();
      auto stream = co_await drained_.interruptible(timeout(limit, listener_->accept()));
      if (!stream) {
        const std::error_code error = stream.error();
        if (error == std::errc::timed_out) co_return sys::error_code(EBADF);  // the last look
        if (error == std::errc::interrupted || is_transient_accept_error(error)) continue;
        if (!is_resource_exhausted(error)) co_return error;
        log_often(no_room_, kNoRoom, error.message());
        pauses = true;
        continue;
      }
      auto place = co_await acquire_place();
      if (!place) co_return place.error();
      connections.spawn(serve_client(std::move(*stream), std::move(*place)));
    } catch (...) {
      // The end of this client, and of no other. Some memory may come back meanwhile.
      log_often(no_room_, kNoRoom, sys::describe(std::current_exception()));
      pauses = true;
    }
  }
  // #endregion http_service.admit_all
}

// Without a free place, the connection that has been idle for longest since its last answer is asked to
// look once more, and to go.
Task<sys::Result<Semaphore::Permit>> HttpService::acquire_place() {
  is_crowded_ = places_.free() == 0;
  if (is_crowded_) {
    for (HttpClient& client : clients_) {
      if (client.session.phase() != http::Phase::idle || !looks_once_more(client)) continue;
      client.drained.trigger();
      break;
    }
  }
  auto place = co_await places_.acquire();
  is_crowded_ = false;
  co_return place;
}

// Instead of waiting for another request, it sees whether one has come already.
bool HttpService::looks_once_more(const HttpClient& client) const noexcept {
  return draining_ || (is_crowded_ && client.session.requests_answered() > 0);
}

// The place is free again when the task is gone.
Task<> HttpService::serve_client(TcpStream stream, Semaphore::Permit) {
  try {
    const ThisTask task = co_await this_task();
    HttpClient client(std::move(stream), *this, task);
    clients_.push_back(client);
    co_await converse(client);
  } catch (...) {
    // No memory, for instance: the end of this connection, and of no other.
    log_failure("a connection failed: ", std::current_exception());
  }
}

// #region converse
Task<> HttpService::converse(HttpClient& client) {
  while (true) {
    const http::Next next = co_await client.advance();
    if (next == http::Next::close) co_return;
    // Its handler has answered before it took the whole body.
    if (next == http::Next::body) client.session.body_taken();
    if (next != http::Next::head && next != http::Next::request) continue;
    // #region http_service.answer
    Exchange exchange(client);
    std::exception_ptr exception;
    client.start_answer_timer();
    try {
      co_await handler_(exchange);
    } catch (...) {
      exception = std::current_exception();
    }
    client.stop_answer_timer();
    if (exception) log_failure("the handler failed: ", exception);
    if (client.is_late)
      log_often(late_, "a handler was asked to stop", "it took too long for its answer");
    if (exchange.state_ == Exchange::State::open) {
      exchange.respond(client.is_late
                           ? http::Response::text(503, "The answer has taken too long.\n").close()
                           : http::Response::text(500, "The server has failed.\n").close());
    }
    if (client.is_late) {
      // Its task can wait for nothing any more: what the kernel takes now.
      if (const auto* const socket = client.stream.socket())
        (void)socket->write(client.session.output());
      (void)client.stream.shutdown();
    }
    if (client.is_late || exchange.state_ != Exchange::State::over) co_return;
    // #endregion http_service.answer
    clients_.push_back(client);
    // A pipeline is answered without a wait in between. Others must not wait for all of it.
    if (++client.answered_at_once < kRequestsPerTurn) continue;
    client.answered_at_once = 0;
    const auto yielded = co_await yield();
    if (!yielded) co_return;
  }
}
// #endregion converse

void HttpService::drain(epoll::AnyDuration time_limit) {
  // #region http_service.drain
  draining_ = true;
  drained_.trigger();
  Scheduler::here().timers().set(drain_end_, time_after(time_limit));
  for (HttpClient& client : clients_) {
    if (has_begun(client.session)) client.session.finish();  // its answer says so
    client.drained.trigger();  // an idle one waits in a read, and would wait there for long
  }
  // #endregion http_service.drain
}

void HttpService::break_off() {
  if (listener_) listener_->close();
  for (HttpClient& client : clients_) client.stream.close();
  // A handler may wait for something else than its client.
  if (connections_ != nullptr) connections_->cancel();
}

void HttpService::log(std::string_view line) noexcept {
  // #region http_service.log
  try {
    options_.log(line);
  } catch (...) {
    ++lines_lost_;  // its disk is full, say
  }
  // #endregion http_service.log
}

void HttpService::log_failure(std::string_view what, const std::exception_ptr& exception) noexcept {
  try {
    log(std::string(what) + http::printable(sys::describe(exception)));
  } catch (const std::bad_alloc&) {
    log(what);  // in fewer words
  }
}

// "what: why", once a second, and from the second time on how often it was.
void HttpService::log_often(event_loop::OncePerSecond& limit, std::string_view what,
                            std::string_view why) noexcept {
  if (const auto line = limit.line(Clock::now(), what, why)) log(line->text());
}

}  // namespace async
