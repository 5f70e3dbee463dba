// breaks: a receiver that is woken finds the mutex free
// caught by: 02.Channel.no_lock_is_held_while_waking
// seen in: the asynchronous runtime of the originals, where it is a deadlock: what wakes there can
//     block, and the thread that could free it waits for this lock
// symptom: a server under load stalls, at 0 % of a processor
detail::Parcel<T> parcel(1);
{
  const std::scoped_lock lock(state_->mutex);
  if (state_->receiver_gone) return sys::failure(std::errc::broken_pipe);
  if (state_->queue.size() + state_->promised >= state_->capacity)
    return sys::failure(std::errc::operation_would_block);
  ++state_->promised;
}
parcel.front().emplace(std::move(message));
const std::scoped_lock lock(state_->mutex);
--state_->promised;
if (state_->receiver_gone) return {};
state_->queue.splice(state_->queue.end(), parcel);
if (state_->promise_wake()) state_->waker.wake();
return {};
