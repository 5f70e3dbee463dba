// Signals as events of a loop: SIGTERM runs a callback, which can end a server between two
// requests.
//
//   auto signals = event_loop::SignalSource::create(*loop, {SIGINT, SIGTERM},
//                                                   [&](int number) { loop->stop(); });
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <utility>

#include "epoll/signals.hpp"
#include "event_loop/event_loop.hpp"

namespace event_loop {

class SignalSource : private Source {
 public:
  // Blocks these signals in this thread, as epoll::Signals does, and calls `on_signal` in the loop
  // for each signal that arrives. `loop` has to outlive this object. Errors are those of
  // epoll::Signals::create and of EventLoop::add.
  [[nodiscard]] static sys::Result<std::unique_ptr<SignalSource>> create(
      EventLoop& loop, std::initializer_list<int> numbers,
      std::function<void(int number)> on_signal);

  // Signals that have arrived and were not reported are dropped, because they would end the process
  // once they are unblocked.
  ~SignalSource() override;

 private:
  SignalSource(EventLoop& loop, epoll::Signals signals, std::function<void(int number)> on_signal)
      : loop_(loop), signals_(std::move(signals)), on_signal_(std::move(on_signal)) {}
  void on_event(const epoll::Event& event) override;

  EventLoop& loop_;
  epoll::Signals signals_;
  std::function<void(int number)> on_signal_;
  epoll::Token token_;
};

}  // namespace event_loop
