#include "server_rig.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>

namespace event_loop::testing {
namespace {

constexpr std::chrono::seconds kNever{20};
constexpr std::chrono::milliseconds kMoment{1};

}  // namespace

ServerRig::ServerRig(HttpServerOptions options, http::Handler handler)
    : loop_(EventLoop::create().value()) {
  if (!options.log) options.log = [this](std::string_view line) { log.emplace_back(line); };
  server_ = HttpServer::bind(*loop_, epoll::SocketAddress::loopback(0), std::move(handler),
                             std::move(options))
                .value();
  address_ = server_->local_address().value();
}

Client& ServerRig::connect(bool small_receive_buffer) {
  Client& client = clients_.emplace_back();
  if (small_receive_buffer) client.set_small_receive_buffer();
  client.connect(address_);
  return client;
}

bool ServerRig::turn(std::chrono::nanoseconds wait) {
  sys::Result<std::size_t> ran = 0;
  const auto run = [&] { ran = loop_->run_once(wait); };
  if (fault == nullptr) {
    run();
  } else if (!fault->during(run)) {
    throw std::logic_error("want of memory is an exception out of the loop");
  }
  if (!ran) throw std::system_error(ran.error(), "epoll_wait");
  bool moved = *ran != 0;
  for (Client& client : clients_) moved = client.pump() || moved;
  return moved;
}

bool ServerRig::until(const std::function<bool()>& condition) {
  const auto give_up = Clock::now() + kNever;
  bool moved = true;
  while (!condition()) {
    if (Clock::now() > give_up) return false;
    moved = turn(moved ? std::chrono::nanoseconds(0) : kMoment);
  }
  return true;
}

bool ServerRig::answered(const Client& client, std::size_t count) {
  return until([&] { return client.answers().size() >= count; });
}

void ServerRig::settle() {
  int quiet = 0;
  while (quiet < 4) quiet = turn(2 * kMoment) ? 0 : quiet + 1;
}

bool ServerRig::serves() {
  Client& client = connect();
  client.ask("GET", "/");
  const bool good = answered(client) && client.answers().front().status == 200;
  client.close();
  return good;
}

std::size_t ServerRig::logged(std::string_view line) const {
  return static_cast<std::size_t>(std::ranges::count(log, line));
}

std::string binary(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace event_loop::testing
