// breaks: who is woken finds the mutex free
// caught by: 02.Channel.no_lock_is_held_while_waking
// seen in: the asynchronous runtime of the originals, where it is a deadlock: what wakes there can
//     block, and who could free it waits for this lock
// symptom: a server under load stands still, at 0 % of a processor
const std::scoped_lock lock(state_->mutex);
if (state_->receiver_gone) return sys::failure(std::errc::broken_pipe);
if (state_->queue.size() >= state_->capacity)
  return sys::failure(std::errc::operation_would_block);
state_->queue.push_back(std::move(message));
if (state_->promise_wake()) state_->waker.wake();
return {};
