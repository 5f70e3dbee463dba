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

  // Begins to wait for the first request. After an error the connection has to be destroyed.
  [[nodiscard]] sys::Result<> start(Connections::iterator self);

  // For a drain: answers the requests that have arrived or begun, and no others. May destroy this
  // connection.
  void finish();

  [[nodiscard]] bool is_in_flight() const;
  // It has been answered and waits for another request, so it may be closed to make room.
  [[nodiscard]] bool is_idle() const noexcept { return is_idle_; }

 private:
  // With HttpServerOptions::proxy_protocol: the proxy's address, and the header that it sends.
  struct Proxied {
    epoll::SocketAddress proxy;
    epoll::ProxyHeaderReader reader;
  };
  // True once the proxy's header is read, or if none is expected; false if more of it has to come.
  // After an error the connection has to be destroyed.
  [[nodiscard]] sys::Result<bool> read_proxy_header();
  void on_event(const epoll::Event& event) override;
  void on_timeout() override;
  void advance(sys::Result<http::Next> next);
  [[nodiscard]] sys::Result<> wait_for(http::Next next);
  void put_off();
  void set_idle(bool idle) noexcept;

  // http::Trace: what the context reports of its requests.
  void content_length_set(std::uint64_t bytes) noexcept override;
  void got_all_data(std::uint64_t bytes) noexcept override;
  void answered() noexcept override;
  void handler_failed(std::string_view what) noexcept override;
  void refused(const http::ParseError& error) noexcept override;

  HttpServer& server_;
  std::size_t key_;                   // its name in the log
  http::RequestContext context_;      // owns the socket
  std::unique_ptr<Proxied> proxied_;  // until the proxy's header is read; null if none is expected
  Connections::iterator self_;
  epoll::Token token_;
  http::Next waits_for_ = http::Next::read;
  bool is_idle_ = false;

  PhaseDeadline deadline_;  // the timer may still be set to an earlier one
};

}  // namespace event_loop
