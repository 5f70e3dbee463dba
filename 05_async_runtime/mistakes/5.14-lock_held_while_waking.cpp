// breaks: no lock is held while a task is woken
// caught by: 05.Channel.no_lock_is_held_while_waking
// seen in: the runtime of the originals, where what wakes can block: a deadlock
// symptom: threads that are woken only to wait for the thread that woke them; or a server that stalls
if (queue.empty()) {
  if (is_closed) return sys::failure(Errc::closed);
  return sys::failure(std::errc::operation_would_block);
}
Parcel<T> message = pop();
if (ChannelWaiter<T>* const next = senders.pop_front()) {
  push(std::move(next->message));
  next->waker.wake();
}
return message;
