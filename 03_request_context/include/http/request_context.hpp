// The life of one connection: a Session (session.hpp) on a stream (epoll/tcp_stream.hpp).
//
// There is no epoll inside. `read_cb` and `write_cb` do what can be done without waiting, and
// return what to wait for: after Next::read, wait until the stream is readable and call read_cb;
// after Next::write, wait until it is writable and call write_cb; after Next::close, destroy the
// context, which closes the stream. So one loop, or a test with a socketpair, can drive it:
//
//   http::RequestContext context(std::move(stream), handler);
//   sys::Result<http::Next> next = http::Next::read;
//   while (next && *next != http::Next::close) {
//     wait_until_ready(context.stream().fd(), *next);
//     next = *next == http::Next::read ? context.read_cb() : context.write_cb();
//   }
//
// Level trigger. A turn may end before everything that has arrived is read, because a client that
// sends without pause must not occupy the thread. The loop then has to report the readable stream
// again, as it does for a level-triggered registration.
//
// At the head. ContextOptions::at_head is called when the head of a request with a body is
// complete, before the body is received, and before the client is told to send it ("100 Continue"):
//
//   options.at_head = [](const http::Request& request) -> http::AtHead {
//     if (request.path() != "/up") return http::Response::text(404, "There is no such page.\n");
//     if (request.content_length.value_or(0) > 1'000'000'000) return http::Response(413);
//     return std::make_unique<ToFile>(...);       // or BodyMode::keep, BodyMode::discard
//   };
//
// Fairness. A turn, that is one call of read_cb or write_cb, reads up to ContextOptions::turn_bytes
// and answers up to ContextOptions::turn_requests, however many reads bring them. If requests are
// left over, the turn ends with Next::write although there may be nothing left to write: the stream
// is writable at once, so the loop calls write_cb after the other connections have had their turn,
// and write_cb continues with the requests that are left.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "epoll/tcp_stream.hpp"
#include "http/session.hpp"

namespace http {

// Answers a request. If it throws, the client gets 500 and the connection is closed.
using Handler = std::move_only_function<Response(const Request&)>;

// Takes a body as it arrives, and answers the request. Destroyed after that, or when the connection
// ends before. If it throws, the client gets 500, as with a handler.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual void piece(std::span<const std::byte> bytes) = 0;  // never empty
  virtual Response answer(const Request& request) = 0;  // the body is whole; it is not in `request`
};

// What to do with a body: keep it for the handler, or discard it; pass it to an Upload; or refuse
// the request, with an answer that is the last on its connection.
using AtHead = std::variant<BodyMode, std::unique_ptr<Upload>, Response>;

struct ContextOptions {
  SessionOptions session = {};
  // Called at the head of each request that has a body. Without it all bodies are treated as
  // session.body says.
  std::function<AtHead(const Request&)> at_head = {};
  std::size_t turn_bytes = 256 * 1024;  // read in one turn (the last read may exceed it)
  std::size_t turn_requests = 64;       // answered in one turn
};

class RequestContext {
 public:
  // `handler` and `trace` are not owned, and must outlive the context.
  RequestContext(epoll::TcpStream stream, Handler& handler, ContextOptions options = {},
                 Trace* trace = nullptr);

  // The stream is readable (or has an error, which the read will report). Reads, answers, writes. A
  // read that did not fill its room has emptied the socket and is not followed by another, so that
  // a request in one segment costs one recv(2) and one send(2). An error (ECONNRESET, EPIPE,
  // ENOMEM, ...) concerns this connection only: destroy the context, as for Next::close. ENOMEM is
  // also returned when there is no memory for the request.
  [[nodiscard]] sys::Result<Next> read_cb();

  // The stream is writable. Writes the output that is left, then continues with the requests that
  // are left.
  [[nodiscard]] sys::Result<Next> write_cb();

  // The deadline of this phase() has expired. Next::close for an idle connection, or for a client
  // that does not read its answer; a request that has begun is answered with 408 first.
  [[nodiscard]] Next timed_out();

  // Stop after the requests that have arrived or are in progress. Next::close if there are none.
  [[nodiscard]] Next finish();

  // The inputs of a deadline: see Session.
  [[nodiscard]] Phase phase() const noexcept { return session_.phase(); }
  [[nodiscard]] std::uint64_t bytes_moved() const noexcept { return session_.bytes_moved(); }
  [[nodiscard]] std::uint64_t requests_answered() const noexcept {
    return session_.requests_answered();
  }
  // See Session::content_length.
  [[nodiscard]] std::uint64_t content_length() const noexcept { return session_.content_length(); }

  [[nodiscard]] epoll::TcpStream& stream() noexcept { return stream_; }
  [[nodiscard]] const epoll::TcpStream& stream() const noexcept { return stream_; }

 private:
  // Does what the session asks for until that would block, or the turn's budget of requests is used
  // up.
  [[nodiscard]] sys::Result<Next> advance();
  // Writes as much as the stream takes. False if it takes no more for now.
  [[nodiscard]] sys::Result<bool> flush();
  void answer();
  void ask_at_head();
  void hand_over_piece();
  // Calls a function of the program: returns its result, or 500 if it throws.
  template <class Call>
  [[nodiscard]] std::optional<Response> guarded(Call call);

  epoll::TcpStream stream_;
  Handler* handler_;  // not owned
  Trace* trace_;      // not owned; may be null
  std::function<AtHead(const Request&)> at_head_;
  std::unique_ptr<Upload> upload_;  // of the request that is being received; null if it has none
  std::size_t turn_bytes_;
  std::size_t turn_requests_;
  std::size_t requests_left_ = 0;  // that this turn may still answer
  Session session_;
};

}  // namespace http
