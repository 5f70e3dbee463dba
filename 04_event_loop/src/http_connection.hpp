// One connection of an HttpServer: its request context, what it waits for, and until when.
#pragma once

#include <memory>

#include "epoll/proxy_protocol.hpp"
#include "event_loop/http_server.hpp"

namespace event_loop {

class HttpServer::Connection : public Source, public Timer, private http::Trace {
 public:
  Connection(HttpServer& server, std::size_t key, epoll::TcpListener::Accepted client);
  ~Connection() override;

  // Begins to wait for the first request. After an error the connection is good for nothing.
  [[nodiscard]] sys::Result<> start(Connections::iterator self);

  // Draining: no request after those that have arrived or begun. May destroy this connection.
  void finish();

  [[nodiscard]] bool is_in_flight() const;
  // It has been answered and waits for another request; so it may go when another needs its place.
  [[nodiscard]] bool is_idle() const noexcept { return is_idle_; }

 private:
  // What its proxy tells of it (HttpServerOptions::proxy_protocol).
  struct Proxied {
    epoll::SocketAddress proxy;
    epoll::ProxyHeaderReader reader;
  };
  // Whether it is known, if it is to be. After an error the connection is good for nothing.
  [[nodiscard]] sys::Result<bool> read_proxy_header();
  void on_event(const epoll::Event& event) override;
  void on_timeout() override;
  void advance(sys::Result<http::Next> next);
  [[nodiscard]] sys::Result<> wait_for(http::Next next);
  void put_off();
  void set_idle(bool idle) noexcept;

  // http::Trace: what the context tells about its requests.
  void content_length_set(std::uint64_t bytes) noexcept override;
  void got_all_data(std::uint64_t bytes) noexcept override;
  void answered() noexcept override;
  void handler_failed(std::string_view what) noexcept override;
  void refused(const http::ParseError& error) noexcept override;

  HttpServer& server_;
  std::size_t key_;                   // its name in the log
  http::RequestContext context_;      // owns the socket
  std::unique_ptr<Proxied> proxied_;  // until its header is there; null for the others
  Connections::iterator self_;
  epoll::Token token_;
  http::Next waits_for_ = http::Next::read;
  bool is_idle_ = false;

  PhaseDeadline deadline_;  // the timer may still be set to an earlier one
};

}  // namespace event_loop
