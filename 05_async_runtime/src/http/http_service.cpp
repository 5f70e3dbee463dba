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

constexpr std::string_view kNoRoom = "no room for another client";

// A request has begun, and its answer has not.
bool has_begun(const http::Session& session) {
  switch (session.phase()) {
    case http::Phase::head:
    case http::Phase::body:
    case http::Phase::answering:
      return true;
    default:
      return false;
  }
}

// Tells the session how a read has ended. False if the connection is of no more use.
bool hand_over(const sys::Result<std::size_t>& count, bool is_last_look, http::Session& session) {
  if (count && *count != 0) {
    session.received(*count);
  } else if (count) {
    session.received_end();
  } else if (count.error() == std::errc::timed_out) {
    is_last_look ? session.finish() : session.timed_out();
  } else {
    return count.error() == std::errc::interrupted;  // by a drain
  }
  return true;
}

}  // namespace

Duration HttpClient::time_left() {
  const auto now = Clock::now();
  const int fd = stream.socket() == nullptr ? -1 : stream.socket()->fd();
  deadline.update(session, fd, now);
  return deadline.at() - now;
}

Task<sys::Result<>> HttpClient::write_some() {
  // Without a wait at first: most answers fit into the socket's buffer, and `patience` would ask the
  // kernel how much of it is still on its way.
  const http::OutputPieces pieces = session.output_pieces();  // head and body leave together
  auto count = co_await timeout(Duration(0), stream.write_vectored(pieces.list()));
  if (!count && count.error() == std::errc::timed_out)
    count = co_await timeout(time_left(), stream.write_vectored(pieces.list()));
  if (count) {
    session.sent(*count);
    co_return sys::Result<>();
  }
  // Its system may have taken bytes from the kernel that we did not hear of: then it has time left.
  if (count.error() == std::errc::timed_out && time_left() > Duration(0)) co_return sys::Result<>();
  co_return sys::failure(count.error());
}

Task<sys::Result<>> HttpClient::read_some() {
  const auto count = co_await timeout(time_left(), stream.read(session.input_space()));
  if (hand_over(count, false, session)) co_return sys::Result<>();
  co_return sys::failure(count.error());
}

void HttpClient::start_answer_timer() {
  Scheduler::here().timers().set(answer_timer, time_after(answer_timeout));
}

void HttpClient::stop_answer_timer() noexcept {
  Scheduler::here().timers().cancel(answer_timer);
}

void HttpClient::write_last_words() {
  if (stream.socket() == nullptr) return;
  (void)stream.socket()->write(session.output());
  (void)stream.shutdown(epoll::Shutdown::write);
}

Task<sys::Result<http::Next>> Exchange::receive() {
  client_.stop_answer_timer();  // now the client takes time: body_timeout is for that
  sys::Result<> done;
  while (done) {
    const http::Next step = client_.session.advance();
    if (step == http::Next::read) {
      done = co_await client_.read_some();
    } else if (step == http::Next::write) {  // "100 Continue", or what is wrong with the body
      done = co_await client_.write_some();
    } else if (step == http::Next::body || step == http::Next::request) {
      client_.start_answer_timer();
      co_return step;
    } else {
      if (step == http::Next::shutdown) (void)client_.stream.shutdown(epoll::Shutdown::write);
      state_ = State::refused;
      co_return sys::failure(std::errc::connection_aborted);
    }
  }
  state_ = State::broken;
  co_return sys::failure(done.error());
}

Task<sys::Result<>> Exchange::read_body(std::size_t limit) {
  const bool at_head = client_.session.advance() == http::Next::head;
  if (at_head && request().content_length.value_or(0) > limit) co_return sys::failure(EMSGSIZE);
  if (at_head) client_.session.accept_body(http::BodyMode::keep);
  const auto step = co_await receive();
  if (!step) co_return sys::failure(step.error());
  if (request().body.size() > limit) co_return sys::failure(EMSGSIZE);
  co_return sys::Result<>();
}

Task<sys::Result<>> Exchange::discard_body() {
  if (client_.session.advance() == http::Next::head)
    client_.session.accept_body(http::BodyMode::discard);
  const auto step = co_await receive();
  if (!step) co_return sys::failure(step.error());
  co_return sys::Result<>();
}

Task<sys::Result<std::span<const std::byte>>> Exchange::read_some() {
  const http::Next before = client_.session.advance();
  if (before == http::Next::head) client_.session.stream_body();
  if (before == http::Next::body) client_.session.body_taken();
  const auto step = co_await receive();
  if (!step) co_return sys::failure(step.error());
  if (*step != http::Next::body) co_return std::span<const std::byte>();
  co_return client_.session.body_piece();
}

void Exchange::respond(http::Response response) {
  client_.session.respond(std::move(response));
  state_ = State::answered;
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
  state_ = State::answered;
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
  std::error_code why;
  bool pauses = false;
  while (!why) {
    try {
      if (std::exchange(pauses, false)) {
        (void)co_await yield();  // needs no memory, whatever else does: others have a turn
        const auto slept = co_await sleep_for(kAcceptPause);
        if (!slept) co_return slept.error();
      }
      why = co_await admit_next(connections);
    } catch (...) {
      // The end of this client, and of no other. Some memory may come back meanwhile.
      log_often(no_room_, kNoRoom, sys::describe(std::current_exception()));
      pauses = true;
    }
  }
  co_return why;
  // #endregion http_service.admit_all
}

Task<std::error_code> HttpService::admit_next(TaskGroup& connections) {
  auto stream = co_await next_client();
  if (!stream) co_return stream.error();
  auto place = co_await acquire_place();
  if (!place) co_return place.error();
  admit(std::move(*stream), std::move(*place), connections);
  co_return std::error_code();
}

Task<sys::Result<Semaphore::Permit>> HttpService::acquire_place() {
  is_crowded_ = places_.free() == 0;
  if (is_crowded_) {
    const auto oldest = std::ranges::find_if(clients_, [this](const HttpClient& client) {
      return client.session.phase() == http::Phase::idle && looks_once_more(client) &&
             !client.makes_room;
    });
    if (oldest != clients_.end()) {
      oldest->makes_room = true;
      oldest->drained.trigger();
    }
  }
  auto place = co_await places_.acquire();
  is_crowded_ = false;
  co_return place;
}

// Instead of waiting for another request, it sees whether one has come already.
bool HttpService::looks_once_more(const HttpClient& client) const noexcept {
  return draining_ || client.makes_room || (is_crowded_ && client.session.requests_answered() > 0);
}

Task<sys::Result<TcpStream>> HttpService::next_client() {
  // #region http_service.next_client
  while (true) {
    const bool is_last_look = draining_;
    // Closing a listener resets the connections in its queue: they are accepted first, but no new
    // ones are waited for.
    auto client = sys::Result<TcpStream>(sys::failure(std::errc::interrupted));
    if (is_last_look) {
      client = co_await timeout(Duration(0), listener_->accept());
    } else {
      client = co_await drained_.interruptible(listener_->accept());
    }
    if (client) co_return client;
    const std::error_code error = client.error();
    if (is_last_look && error == std::errc::timed_out)
      co_return sys::failure(std::errc::bad_file_descriptor);
    if (error == std::errc::interrupted || is_transient_accept_error(error)) continue;
    if (!is_resource_exhausted(error)) co_return sys::failure(error);
    log_often(no_room_, kNoRoom, error.message());
    auto slept = co_await sleep_for(kAcceptPause);
    if (!slept) co_return sys::failure(slept.error());
  }
  // #endregion http_service.next_client
}

void HttpService::admit(TcpStream stream, Semaphore::Permit place, TaskGroup& connections) {
  const Duration for_answer =
      options_.answer_timeout.value_or(epoll::AnyDuration(options_.write_timeout));
  clients_.emplace_back(std::move(stream), options_.session, options_, for_answer);
  try {
    auto task = serve_client(std::prev(clients_.end()), std::move(place));
    clients_.back().task = connections.spawn(std::move(task));
  } catch (...) {
    clients_.pop_back();
    throw;
  }
}

// `place` is given back when the task is gone.
Task<> HttpService::serve_client(Clients::iterator client, Semaphore::Permit) {
  // #region http_service.serve_client
  try {
    co_await converse(client);
  } catch (...) {
    // No memory, for instance: the end of this connection, and of no other.
    log_failure("a connection failed: ", std::current_exception());
  }
  clients_.erase(client);
  // #endregion http_service.serve_client
}

// #region converse
Task<> HttpService::converse(Clients::iterator self) {
  HttpClient& client = *self;
  http::Session& session = client.session;
  int requests = 0;  // since others had their turn
  while (true) {
    if (draining_ && has_begun(session)) session.finish();
    switch (session.advance()) {
      case http::Next::read: {
        requests = 0;
        // The kernel may hold a request. It is answered, but no other one is waited for.
        const bool is_last_look = session.phase() == http::Phase::idle && looks_once_more(client);
        const Duration time_limit = is_last_look ? Duration(0) : client.time_left();
        const auto room = session.input_space();
        const auto count =
            co_await client.drained.interruptible(timeout(time_limit, client.stream.read(room)));
        if (!hand_over(count, is_last_look, session)) co_return;
        break;
      }
      case http::Next::write: {
        requests = 0;
        auto written = co_await client.write_some();
        if (!written) co_return;
        break;
      }
      case http::Next::head:
      case http::Next::request: {
        const bool goes_on = co_await answer(client);
        if (!goes_on) co_return;
        clients_.splice(clients_.end(), clients_, self);
        // A pipeline is answered without a wait in between. Others must not wait for all of it.
        if (++requests == kRequestsPerTurn) {
          requests = 0;
          auto yielded = co_await yield();
          if (!yielded) co_return;
        }
        break;
      }
      case http::Next::body:  // its handler has answered before it took all of them
        session.body_taken();
        break;
      case http::Next::shutdown:
        (void)client.stream.shutdown(epoll::Shutdown::write);
        break;
      case http::Next::close:
        co_return;
    }
  }
}
// #endregion converse

// False if the connection is of no more use.
Task<bool> HttpService::answer(HttpClient& client) {
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
  if (client.is_late) client.write_last_words();
  const bool is_over =
      exchange.state_ == Exchange::State::answered || exchange.state_ == Exchange::State::refused;
  co_return is_over && !client.is_late;
  // #endregion http_service.answer
}

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
