// Asks an HTTP server for one page, without waiting for it.
//
//   event_loop::HttpGet first(loop, url, addresses, [](event_loop::HttpGet::Outcome outcome) { ... });
//   event_loop::HttpGet second(loop, ...);       // both are under way at once, in one thread
//   loop.run();
//
//   connecting --writable--> sending --all sent--> reading --whole--> done
//       | refused: the next address                   | cut short, no HTTP, timed out
//       v                                             v
//     done, with an error <---------------------------+
#pragma once

#include <chrono>
#include <expected>
#include <functional>
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

class HttpGet : private Source, private Timer {
 public:
  // The answer, whatever its status; or what went wrong, in words.
  using Outcome = std::expected<const http::ReceivedResponse*, std::string>;
  using Done = std::move_only_function<void(Outcome)>;

  // How long the server may keep silent, in each state.
  static constexpr std::chrono::seconds kPatience{30};

  // Starts at once. `done` is called exactly once, in the loop's thread and never from inside this
  // constructor; the answer is good until it returns. `addresses` (of url.host, see epoll::resolve)
  // are tried in order. `loop` is not owned and must outlive this object.
  HttpGet(EventLoop& loop, const http::Url& url, std::vector<epoll::SocketAddress> addresses,
          Done done);
  // Before it is done: gives up, and `done` is not called.
  ~HttpGet() override;

 private:
  enum class State { connecting, sending, reading, done };

  void on_event(const epoll::Event& event) override;
  void on_timeout() override;
  void connect_next();
  void send();
  void receive();
  void set_patience() { loop_.timers().set(*this, loop_.now() + kPatience); }
  void disconnect();
  void finish(Outcome outcome);
  void look(http::Parsed<http::Progress> progress);

  EventLoop& loop_;
  std::vector<epoll::SocketAddress> addresses_;
  std::size_t next_address_ = 0;
  std::string request_;
  std::size_t sent_ = 0;  // bytes of request_ that the kernel has taken
  std::optional<epoll::TcpStream> stream_;
  epoll::Token token_;
  State state_ = State::connecting;
  std::error_code last_error_;  // of the address that was tried last
  http::Buffer input_;
  http::ResponseParser parser_{"GET"};
  Done done_;
};

}  // namespace event_loop
