// breaks: nothing of the message's own runs while the mutex is held
// caught by: 02.Channel.the_message_itself_may_use_the_channel
// seen in: the reference itself, and most queues under a mutex
// symptom: a message that carries a sender of its own channel: the thread waits for itself, for ever
const std::scoped_lock lock(state_->mutex);
std::optional<T> message;
if (!state_->queue.empty()) {
  message = std::move(state_->queue.front());
  state_->queue.pop_front();
}
const bool ended = state_->senders == 0;
if (state_->queue.empty() && !ended) state_->take_wake();
if (!message && !ended) return sys::failure(std::errc::operation_would_block);
return message;
