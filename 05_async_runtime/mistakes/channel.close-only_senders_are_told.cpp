// breaks: a receive that waits when its channel is closed goes on
// caught by: 05.Channel.closing_wakes_a_receive_that_waits
// seen in: the reference itself, which took the task that closes for the one that receives
// symptom: one part of a program closes the channel, and the part that reads it never ends
while (true) {
  std::unique_lock lock(state_->mutex);
  state_->is_closed = true;
  auto* const next = state_->line.pop_front();
  if (next == nullptr) break;
  const RemoteWaker to_wake = next->waker;
  lock.unlock();
  to_wake.wake();
}
