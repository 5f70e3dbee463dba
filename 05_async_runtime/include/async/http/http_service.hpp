// HTTP/1.1 on coroutines: step 03's session, with `co_await` where step 04 has callbacks.
//
//   async::Task<> answer(async::Exchange& exchange) {
//     exchange.respond(http::Response::text(200, "Hello!"));
//     co_return;
//   }
//   async::HttpService service(answer);
//   co_await service.serve(listener);                      // until drain()
//
// There is one task for each connection, and its whole life is one loop in http_service.cpp, to be
// read from top to bottom. Everything that step 04's HttpServer guarantees holds here, too:
// deadlines for each phase, a limit on connections, bounded output, a budget for each turn, and a
// drain.
//
// Whatever goes wrong with one client ends only that client. If a handler throws, the answer is
// 500; if it takes too long, it is asked to stop; if the log throws, one line is lost.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "async/core/interrupt.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/task.hpp"
#include "async/core/this_task.hpp"
#include "async/io/tcp_listener.hpp"
#include "async/io/tcp_stream.hpp"
#include "async/sync/deadline.hpp"
#include "async/sync/sync.hpp"
#include "async/sync/task_group.hpp"
#include "event_loop/lazy_timer.hpp"
#include "event_loop/phase_deadline.hpp"
#include "event_loop/server_log.hpp"
#include "event_loop/timer_queue.hpp"
#include "http/session.hpp"

namespace async {

class HttpService;

// A connection, as the handler of a request sees it: the request, and its answer. The handler has
// to call exactly one of `respond` and `begin`; if it calls neither, or throws before it does, the
// answer is 500. An Exchange lives in the frame of the connection's task.
class Exchange : public ListHook {
 public:
  Exchange(TcpStream stream, HttpService& service, ThisTask task);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Whether the service is to end (drain): for a health page.
  [[nodiscard]] bool is_ending() const noexcept;
  // The client's address: as a proxy has reported it (Options::proxy_protocol), or else as the
  // kernel knows it.
  [[nodiscard]] sys::Result<epoll::SocketAddress> client_address() const;
  // Valid until the answer is complete.
  [[nodiscard]] const http::Request& request() const noexcept { return session_.request(); }
  // False for HEAD: the answer has a head only, and a body that is written is discarded.
  [[nodiscard]] bool wants_body() const noexcept { return request().method != "HEAD"; }
  // True while only the head of the request has arrived, see below: its body is still to come.
  [[nodiscard]] bool is_at_head() const noexcept { return is_at_head_; }
  // When the time of the handler runs out (Options::answer_timeout); time_point::max() while the
  // handler waits for the client.
  [[nodiscard]] Clock::time_point deadline() const noexcept { return answer_timer_.due(); }

  // With ask_at_head (Options::session) the handler of a request that has a body is called as soon
  // as the head has arrived: before any of the body is stored, and before "100 Continue" is sent to
  // the client. The handler may answer at once, by method, target or length; that answer is the
  // last on the connection, and the body is dropped. Or it takes the body, in one of the following
  // three ways, and answers then. (Without ask_at_head the body is already in request().) While
  // these functions wait, the views of request() move: keep none of them across the wait. An error
  // means that there is nothing left to answer, because the client is gone, is too slow, or has
  // sent an invalid body and has been answered already: return.
  //
  // Result<>: the whole body is in request().body. EMSGSIZE if it is longer than `limit`: at once,
  // if the head states the length; then the request is still to be answered.
  [[nodiscard]] Task<sys::Result<>> read_body(
      std::size_t limit = std::numeric_limits<std::size_t>::max());
  // Result<>: the whole body has arrived, and was dropped.
  [[nodiscard]] Task<sys::Result<>> discard_body();
  // Result of a span: the next piece, valid until the next call; an empty span marks the end.
  // However long the body is, one piece at a time is in memory, and the client waits while the
  // handler works.
  [[nodiscard]] Task<sys::Result<std::span<const std::byte>>> read_some();

  // The whole answer. A large body is not copied if the answer is moved in.
  void respond(http::Response response);

  // An answer in pieces: its head (the response's own body is not sent), any number of calls of
  // `write`, and `end`. Without a length it is sent in chunks.
  void begin(const http::Response& head, std::optional<std::uint64_t> length = std::nullopt);
  // Sends a piece, and waits while the client reads more slowly than the handler writes: an answer
  // of any size takes constant memory. An error means that the client no longer reads: return.
  // Throws std::length_error for more bytes than were announced.
  [[nodiscard]] Task<sys::Result<>> write(std::span<const std::byte> bytes);
  // The answer is complete. Without this call the connection is aborted, which shows the client
  // that something is missing.
  void end();

 private:
  friend class HttpService;
  enum class State {
    open,       // to be answered
    streaming,  // the head of its answer has been produced
    over,       // answered (by the session after an invalid body), or the client is gone
  };
  // What the session needs next; for `shutdown`, the shutdown has already been done.
  [[nodiscard]] http::Next next();
  // One read of input for the session, and one write of its output; both with a limit. Each result
  // is then passed to has_read or has_written, which return false if the connection is over.
  [[nodiscard]] auto read_input();
  [[nodiscard]] bool has_read(const sys::Result<std::size_t>& count);
  [[nodiscard]] auto write_output();
  [[nodiscard]] bool has_written(const sys::Result<std::size_t>& count);
  // For a handler: reads and writes until the session needs something else, and returns that; also
  // returns `close` if the client is gone, and `write` if some output has been written and at most
  // `may_wait` bytes of it are left.
  [[nodiscard]] Task<http::Next> advance(std::size_t may_wait = 0);
  // Receives until the session has a piece of the body, or all of it.
  [[nodiscard]] Task<sys::Result<http::Next>> receive();
  // Reads what a proxy reports about the client.
  [[nodiscard]] Task<sys::Result<>> read_proxy_header();
  // When the client's time for the current phase of the connection runs out.
  [[nodiscard]] Clock::time_point time_limit();
  // Starts or restarts the time of the handler.
  void start_answer_timer();
  void stop_answer_timer() noexcept { answer_timer_.disarm(); }

  // Asks the task to stop when its handler takes too long.
  class AnswerTimer final : public event_loop::LazyTimer {
   public:
    explicit AnswerTimer(ThisTask task) noexcept : task_(task) {}
    [[nodiscard]] bool has_expired() const noexcept { return has_expired_; }
    [[nodiscard]] ThisTask task() const noexcept { return task_; }

   private:
    void on_expiry() override {
      has_expired_ = true;
      task_.request_stop();
    }
    ThisTask task_;
    bool has_expired_ = false;
  };

  TcpStream stream_;
  HttpService& service_;
  std::unique_ptr<epoll::SocketAddress>
      proxied_;  // as a proxy has reported it; null for most connections
  http::Session session_;
  event_loop::PhaseDeadline phase_deadline_;
  Deadline deadline_;          // of its reads and writes
  Interrupt drained_;          // ends its wait for a request
  State state_ = State::over;  // of the request
  bool is_at_head_ = false;
  bool is_last_look_ = false;  // of the current read: it does not wait
  int answered_at_once_ = 0;   // requests since it last read or wrote
  AnswerTimer answer_timer_;   // of its handler
};

class HttpService {
 public:
  // Called for each request; the Exchange outlives the returned task.
  using Handler = std::function<Task<>(Exchange&)>;

  struct Options : event_loop::HttpTimeouts {
    Options() {}
    http::SessionOptions session;
    // The most bytes that the buffers of all connections may hold together; see
    // http/memory_budget.hpp.
    std::size_t memory = std::size_t{1} << 30;
    // When this number is reached, the next client replaces the connection that has been idle for
    // longest since its last answer. While no connection is idle, that client waits, and further
    // ones wait in the kernel's queue.
    std::size_t max_connections = 10'000;
    // Each connection has to begin with a header of the PROXY protocol (epoll/proxy_protocol.hpp)
    // within head_timeout; otherwise it is closed. For a server that only its proxy can reach.
    bool proxy_protocol = false;
    // How long a handler may take to begin its answer, and then for each further piece; none:
    // write_timeout. Time during which the client is slow to read does not count. When the time has
    // run out, the task is asked to stop: the answer is 503 if none has been begun, and the
    // connection is closed. A client that has sent a request and left keeps its place no longer
    // than that.
    std::optional<Duration> answer_timeout;
    // Called with each problem, a line at a time; none: standard_error_log() (log.hpp). Frequent
    // problems are logged once a second, with a count. A line for which it throws is lost.
    std::function<void(std::string_view)> log;
  };

  explicit HttpService(Handler handler, Options options = {});
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  // Accepts and serves until `drain`, or until the task is cancelled, and then until the last
  // connection has ended. To be called once in the life of a service, which has to outlive the
  // task. Returns why it stopped accepting: EBADF after a drain.
  [[nodiscard]] Task<std::error_code> serve(TcpListener listener);

  // Ends the service gracefully. Requests that have arrived are answered, also those that are still
  // unread in the kernel and those of connections that wait in the listener's queue; then the
  // listener and idle connections are closed. An answer that has not begun yet says Connection:
  // close. Connections that are left after `time_limit` are closed, and their handlers are asked to
  // stop. For the runtime's thread.
  //
  // Before all that, while `notice` lasts, the service keeps accepting and answering, but
  // each answer says Connection: close: see event_loop::HttpServer::drain.
  void drain(epoll::AnyDuration time_limit, epoll::AnyDuration notice = Duration(0));

  [[nodiscard]] std::size_t connections() const noexcept {
    return options_.max_connections - places_.free();
  }
  // What each connection is doing, with the number of its task.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, http::Phase>> phases() const;
  // Bytes that the buffers of all connections hold.
  [[nodiscard]] std::size_t memory_used() const noexcept { return memory_.used(); }
  // Lines for which the log has thrown.
  [[nodiscard]] std::size_t lines_lost() const noexcept { return log_.lines_lost(); }

 private:
  friend class Exchange;  // asks whether to check once more

  [[nodiscard]] Task<sys::Result<>> admit();
  [[nodiscard]] bool looks_once_more(const Exchange& client) const noexcept;
  [[nodiscard]] Task<> serve_client(TcpStream stream, Semaphore::Permit place);
  [[nodiscard]] Task<> converse(Exchange& client);
  void next_drain_step();
  void start_drain();
  void break_off();

  Handler handler_;
  Options options_;
  http::MemoryBudget memory_;
  Semaphore places_;                     // one for each connection that may be open
  std::optional<TcpListener> listener_;  // while it accepts
  Interrupt drained_;                    // ends the wait for a client
  IntrusiveList<Exchange> clients_;   // in the order in which each was admitted, or last answered
  bool is_crowded_ = false;           // a client waits for a place
  TaskGroup* connections_ = nullptr;  // their tasks; null unless it serves. Not owned.
  bool ending_ = false;               // its end is known
  bool accepting_ = true;             // it waits for clients
  bool draining_ = false;             // it waits for no further requests
  Duration drain_limit_{};
  event_loop::CallbackTimer drain_step_;
  event_loop::ServerLog log_;
  event_loop::OncePerSecond no_room_;  // what is logged about clients that cannot be admitted
  event_loop::OncePerSecond late_;     // ... and about handlers that take too long
  event_loop::OncePerSecond no_header_;
};

inline bool Exchange::is_ending() const noexcept {
  return service_.ending_;
}

}  // namespace async
