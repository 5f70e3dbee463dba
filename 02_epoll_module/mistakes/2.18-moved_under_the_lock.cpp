// breaks: nothing of the message's own runs while the mutex is held
// caught by: 02.Channel.the_message_itself_may_use_the_channel
// seen in: the reference itself, and most queues under a mutex
// symptom: a message that carries a sender of its own channel: the thread waits for itself, for ever
bool wake = false;
{
  const std::scoped_lock lock(state_->mutex);
  if (state_->receiver_gone) return sys::failure(std::errc::broken_pipe);
  if (state_->queue.size() >= state_->capacity)
    return sys::failure(std::errc::operation_would_block);
  state_->queue.emplace_back(std::move(message));
  wake = state_->promise_wake();
}
if (wake) state_->waker.wake();
return {};
