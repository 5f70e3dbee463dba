// HTTP/1.1 on coroutines: stage 03's session, with `co_await` where stage 04 has callbacks.
//
//   async::Task<> answer(async::Exchange& exchange) {
//     exchange.respond(http::Response::text(200, "Hello!"));
//     co_return;
//   }
//   async::HttpService service(answer);
//   co_await service.serve(listener);                      // until drain()
//
// One task for each connection, and its whole life is one loop in http_service.cpp, to be read from
// top to bottom. Everything that stage 04's HttpServer promises holds here, too: deadlines for each
// phase, a cap on connections, bounded output, a budget, a drain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <span>
#include <string_view>

#include "async/sync.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "async/tcp_listener.hpp"
#include "async/tcp_stream.hpp"
#include "event_loop/phase_deadline.hpp"
#include "event_loop/timer_queue.hpp"
#include "http/session.hpp"

namespace async {

// A connection of a service; its parts are the service's and the exchange's business.
struct HttpClient {
  HttpClient(TcpStream connection, const http::SessionOptions& options,
             const event_loop::HttpTimeouts& timeouts)
      : stream(std::move(connection)), session(options), deadline(timeouts, Clock::now()) {}

  // The time that is left for what the connection is doing; 0 or less if it is over.
  [[nodiscard]] Duration patience();
  // Writes some of the session's output. An error is the end of the connection.
  [[nodiscard]] Task<sys::Result<>> write_some();

  TcpStream stream;
  http::Session session;
  event_loop::PhaseDeadline deadline;
};

// One request and its answer, as a handler sees them. Exactly one of `respond` and `begin` has to be
// called; a handler that calls neither, or throws before it does, has answered 500.
class Exchange {
 public:
  explicit Exchange(HttpClient& client) noexcept : client_(client) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Good until the answer is complete.
  [[nodiscard]] const http::Request& request() const noexcept { return client_.session.request(); }

  // The whole answer. A large body is not copied, if the answer is moved in.
  void respond(http::Response response);

  // An answer in pieces: its head (the response's own body is not sent), any number of `write`, and
  // `end`. Without a length it is sent in chunks.
  void begin(const http::Response& head, std::optional<std::uint64_t> length = std::nullopt);
  // Hands a piece over, and waits while the client reads more slowly than the handler writes: an
  // answer of any size takes constant memory. An error means that nobody reads any more: return.
  // std::length_error for more bytes than were announced.
  [[nodiscard]] Task<sys::Result<>> write(std::span<const std::byte> bytes);
  // The answer is complete. Without it the connection is broken off, and the client knows that
  // something is missing.
  void end();

  // False for HEAD: the answer has a head only, and what is written goes nowhere.
  [[nodiscard]] bool wants_body() const noexcept { return wants_body_; }

 private:
  friend class HttpService;
  enum class State { open, streaming, answered };

  HttpClient& client_;
  State state_ = State::open;
  bool wants_body_ = request().method != "HEAD";
};

class HttpService {
 public:
  // Called for each request; the exchange lives until the task has ended.
  using Handler = std::function<Task<>(Exchange&)>;

  struct Options : event_loop::HttpTimeouts {
    Options() {}
    http::SessionOptions session;
    std::size_t max_connections = 10'000;       // further clients wait in the kernel's queue
    std::function<void(std::string_view)> log;  // of trouble, a line at a time; none: to stderr
  };

  explicit HttpService(Handler handler, Options options = {});
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  // Accepts and serves until `drain`, or until the task is cancelled; then until the last connection
  // has ended. Once in the life of a service, which has to outlive it. Returns why it stopped
  // accepting: EBADF after a drain.
  [[nodiscard]] Task<std::error_code> serve(TcpListener listener);

  // Ends in good order: accepts nobody more, closes idle connections, answers what has begun with
  // Connection: close, and breaks off whoever is left after `patience`: the connection is closed, and
  // the handler's task is asked to stop. For the runtime's thread.
  void drain(Duration patience);

  [[nodiscard]] std::size_t connections() const noexcept { return clients_.size(); }

 private:
  using Clients = std::list<HttpClient>;
  static constexpr int kRequestsPerTurn = 64;

  void admit(TcpStream stream, Semaphore::Permit place, TaskGroup& connections);
  [[nodiscard]] Task<> serve_client(Clients::iterator client, Semaphore::Permit place);
  [[nodiscard]] Task<> converse(HttpClient& client);
  [[nodiscard]] Task<bool> answer(HttpClient& client);
  void break_off();

  Handler handler_;
  Options options_;
  Semaphore places_;                     // one for each connection that may be open
  std::optional<TcpListener> listener_;  // while it accepts
  Clients clients_;
  TaskGroup* connections_ = nullptr;  // their tasks; null unless it serves. Not owned.
  bool draining_ = false;
  event_loop::CallbackTimer drain_end_;
};

}  // namespace async
