#include "event_loop/signal_source.hpp"

#include "syscall/result.hpp"

namespace event_loop {

sys::Result<std::unique_ptr<SignalSource>> SignalSource::create(
    EventLoop& loop, std::initializer_list<int> numbers,
    std::function<void(int number)> on_signal) {
  auto signals = epoll::Signals::create(numbers);
  SYS_TRY(signals);
  std::unique_ptr<SignalSource> source(
      new SignalSource(loop, std::move(*signals), std::move(on_signal)));
  auto token =
      loop.add(source->signals_.fd(), epoll::Interest::read(), epoll::Trigger::level, *source);
  SYS_TRY(token);
  source->token_ = *token;
  return source;
}

SignalSource::~SignalSource() {
  loop_.remove(token_);
  while (signals_.next()) continue;
}

void SignalSource::on_event(const epoll::Event&) {
  if (const auto number = signals_.next()) on_signal_(*number);
}

}  // namespace event_loop
