// What the tests of the loop watch: a connection inside one process, and a source that records its
// events.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "epoll/socket.hpp"
#include "event_loop/event_loop.hpp"

namespace event_loop::testing {

constexpr std::chrono::nanoseconds kLook{0};  // only look, do not wait

// Calls a function with each event, and counts them.
class Listener : public Source {
 public:
  Listener() = default;
  explicit Listener(std::function<void()> then) : then_(std::move(then)) {}
  void on_event(const epoll::Event& event) override {
    ++events;
    last_bits = event.bits();
    if (then_) then_();
  }
  int events = 0;
  std::uint32_t last_bits = 0;

 private:
  std::function<void()> then_;
};

// Two ends of a connection. What is sent into `far` makes `near` readable.
struct Line {
  epoll::UniqueFd near, far;
  Line() {
    auto pair = epoll::make_socket_pair(SOCK_STREAM).value();
    near = std::move(pair.first);
    far = std::move(pair.second);
  }
  void send() const { ASSERT_EQ(::send(far.get(), "x", 1, MSG_NOSIGNAL), 1); }
  void take() const {
    char byte;
    ASSERT_EQ(::recv(near.get(), &byte, 1, MSG_DONTWAIT), 1);
  }
};

inline std::unique_ptr<EventLoop> make_loop() {
  return EventLoop::create().value();
}

}  // namespace event_loop::testing
