// Requests one page from an HTTP server, without blocking.
//
//   event_loop::HttpGet first(loop, url, addresses, [](event_loop::HttpGet::Outcome outcome) { ... });
//   event_loop::HttpGet second(loop, ...);       // both are in progress at once, in one thread
//   loop.run();
//
//   connecting --writable--> sending --all sent--> reading --whole--> done
//       | no address answers                          | cut short, not HTTP, timed out
//       v                                             v
//     done, with an error <---------------------------+
//
// Several addresses. The first address of a host may not respond at all: IPv6 that is not routed,
// or a replica that is down. So each address has a short head start on the next one, and then they
// race: the first connection is kept, the others are closed. The address families alternate
// [RFC 8305, "Happy Eyeballs"].
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "epoll/socket_address.hpp"
#include "epoll/tcp_stream.hpp"
#include "event_loop/event_loop.hpp"
#include "http/buffer.hpp"
#include "http/response_parser.hpp"
#include "http/url.hpp"

namespace event_loop {

struct HttpGetOptions {
  // How long a step may take. The steps are: one address accepts the connection; the head of the
  // answer arrives completely; each further piece of the body arrives. A head that is sent at one
  // byte per second is not completed in time.
  std::chrono::milliseconds step_timeout{30'000};
  // How long the whole request may take, however well it progresses.
  std::chrono::milliseconds limit{300'000};
  // The head start of an address on the next one [RFC 8305 5]. A refused connection has none.
  std::chrono::milliseconds attempt_delay{250};
  // The limits of the answer. Its body is kept, so they also bound the memory that a server can
  // make us use.
  http::Limits limits{.body = std::size_t{1} << 30};
};

class HttpGet : private Timer {
 public:
  // The answer, whatever its status; or what went wrong, in words. Lack of memory is such an error,
  // "no memory", and the loop continues.
  using Outcome = std::expected<const http::ReceivedResponse*, std::string>;
  using Done = std::move_only_function<void(Outcome)>;

  // Starts at once. `done` is called exactly once, in the loop's thread and never from inside this
  // constructor; it may destroy this object. The answer is valid until `done` returns. `addresses`
  // are those of url.host, see epoll::resolve. `loop` is not owned and must outlive this object.
  HttpGet(EventLoop& loop, const http::Url& url, const std::vector<epoll::SocketAddress>& addresses,
          Done done, HttpGetOptions options = {});
  // If the request is not done, it is cancelled, and `done` is not called.
  ~HttpGet() override;

 private:
  enum class State { connecting, sending, reading, done };

  // A connection, or an attempt to establish one.
  struct Attempt : Source {
    Attempt(HttpGet& get, epoll::TcpStream connecting)
        : owner(get), stream(std::move(connecting)) {}
    ~Attempt() override { owner.loop_.remove(token); }
    void on_event(const epoll::Event&) override { owner.on_event(*this); }

    HttpGet& owner;
    epoll::TcpStream stream;
    epoll::Token token;
  };

  // Called by the loop. Each of them runs a step, and may destroy this object.
  void on_event(Attempt& attempt);
  void on_timeout() override;
  template <class Step>
  void take(Step step);

  // The steps.
  void advance(Attempt& attempt);
  void give_up();
  void try_next_address();
  // Returns whether the attempt is in progress.
  bool start_attempt(const epoll::SocketAddress& address);
  void settle_attempt(Attempt& attempt);
  void send();
  void receive();
  // Starts the time limit of a step.
  void set_time_limit();
  [[nodiscard]] Clock::time_point after(std::chrono::milliseconds time) const;
  void disconnect();
  // Sets the outcome, which is reported when the step is over.
  void finish(Outcome outcome);
  // May destroy this object.
  void tell(Outcome outcome);
  void look(http::Parsed<http::Progress> progress);

  EventLoop& loop_;
  HttpGetOptions options_;
  Clock::time_point end_;  // when the whole request has to be done
  std::vector<epoll::SocketAddress> addresses_;
  std::size_t next_address_ = 0;
  CallbackTimer next_attempt_;  // set while there are addresses left to try
  std::list<Attempt> attempts_;
  epoll::TcpStream* stream_ = nullptr;  // of the attempt that succeeded, the only one left
  std::string request_;
  std::size_t sent_ = 0;  // bytes of request_ that have been sent
  State state_ = State::connecting;
  std::error_code last_error_;  // of the last address that failed
  http::Buffer input_;
  http::ResponseParser parser_;
  bool has_head_ = false;           // the head of the answer is complete
  std::optional<Outcome> outcome_;  // not reported yet
  Done done_;
};

}  // namespace event_loop
