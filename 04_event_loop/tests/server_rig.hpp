// A server, its loop and its clients in one thread: the test turns the loop and lets the clients
// send and read, in turn, until what it waits for has come true. Nothing sleeps but epoll_wait.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "event_loop/http_server.hpp"
#include "support/hello.hpp"
#include "sweep.hpp"

namespace event_loop::testing {

class ServerRig {
 public:
  explicit ServerRig(HttpServerOptions options = {},
                     http::Handler handler = examples::answer_hello);

  EventLoop& loop() { return *loop_; }
  HttpServer& server() { return *server_; }
  // Destroys the server, as it stands.
  void stop() { server_.reset(); }

  // A client that is in the server's queue; accepted with the next turns.
  Client& connect(bool small_receive_buffer = false);
  // A client that will be connected later (Client::connect, to `address()`).
  Client& spare() { return clients_.emplace_back(); }
  [[nodiscard]] const epoll::SocketAddress& address() const { return address_; }

  // One turn of the loop, and one round of the clients. True if anything moved.
  bool turn(std::chrono::nanoseconds wait = std::chrono::nanoseconds(0));
  // Turns until `condition`. False if it has not come true for so long (20 seconds) that it will not.
  [[nodiscard]] bool until(const std::function<bool()>& condition);
  // Turns until the answers to `count` requests are there.
  [[nodiscard]] bool answered(const Client& client, std::size_t count = 1);
  [[nodiscard]] bool ended(const Client& client) {
    return until([&] { return client.ended(); });
  }
  // Turns until nothing moves for some milliseconds. For "it does not answer yet"; what has to
  // come true is waited for with `until`.
  void settle();

  // Whether a new client gets its answer: the server is alive and well.
  [[nodiscard]] bool serves();

  [[nodiscard]] std::list<Client>& clients() { return clients_; }

  std::vector<std::string> log;  // every line so far
  [[nodiscard]] std::size_t logged(std::string_view line) const;

  // That the turns of the loop may meet; the clients do not.
  sweep::Fault* fault = nullptr;

 private:
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<HttpServer> server_;
  epoll::SocketAddress address_;
  std::list<Client> clients_;
};

// Bytes that are no text: every value, none of them at a fixed distance.
std::string binary(std::size_t size);

}  // namespace event_loop::testing
