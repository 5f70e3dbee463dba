// One message, once: the answer of another task or thread.
//
//   auto [promise, answer] = async::oneshot<int>();
//   std::thread([promise = std::move(promise)]() mutable { promise.send(42); }).detach();
//   sys::Result<int> number = co_await answer.receive();   // Errc::closed: it was dropped unsent
#pragma once

#include <memory>
#include <utility>

#include "async/sync/channel.hpp"

namespace async {

template <class T>
class OneshotSender : private Sender<T> {
 public:
  explicit OneshotSender(Sender<T> sender) : Sender<T>(std::move(sender)) {}
  OneshotSender(OneshotSender&&) noexcept = default;  // a copy would be a second answer
  OneshotSender& operator=(OneshotSender&&) noexcept = default;

  // From any thread, once. Takes no memory. Errc::closed if the receiver is gone; the answer is then
  // dropped.
  sys::Result<> send(T value) { return this->try_send(std::move(value)); }
  using Sender<T>::is_closed;
};

template <class T>
[[nodiscard]] std::pair<OneshotSender<T>, Receiver<T>> oneshot() {
  auto state = std::make_shared<detail::ChannelState<T>>(1);
  state->reserve();
  return {OneshotSender<T>(Sender<T>(state)), Receiver<T>(state)};
}

}  // namespace async
