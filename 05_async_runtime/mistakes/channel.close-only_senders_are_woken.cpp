// breaks: a receive that waits ends when its channel is closed
// caught by: 05.Channel.closing_wakes_a_receive_that_waits
// seen in: the reference itself, which took the closing task for the receiving one
// symptom: one part of a program closes the channel, and the part that reads it never ends
while (true) {
  std::unique_lock lock(mutex);
  is_closed = true;
  const ChannelWaiter<T>* const next = senders.pop_front();
  if (next == nullptr) return;
  const RemoteWaker to_wake = next->waker;
  lock.unlock();
  to_wake.wake();
}
