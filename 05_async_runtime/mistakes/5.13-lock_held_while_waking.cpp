// breaks: no lock is held while a task is woken
// caught by: 05.Channel.no_lock_is_held_while_waking
// seen in: the runtime of the originals, where what wakes can block: a deadlock
// symptom: threads that are woken only to wait for the thread that woke them; or a server that stalls
if (is_closed) return sys::failure(Errc::closed);
if (is_full()) return sys::failure(std::errc::operation_would_block);
push(std::move(message));
if (const ChannelWaiter<T>* const first = receivers.front()) first->waker.wake();
return RemoteWaker();
