// breaks: a slow consumer costs a bounded amount of memory
// caught by: 02.Channel.a_full_one_refuses_and_leaves_the_message_with_its_sender
// seen in: every queue without a capacity
// symptom: memory grows for hours and then the kernel ends the process
detail::Parcel<T> parcel(1);
{
  const std::scoped_lock lock(state_->mutex);
  if (state_->receiver_gone) return sys::failure(std::errc::broken_pipe);
}
parcel.front().emplace(std::move(message));
bool wake = false;
{
  const std::scoped_lock lock(state_->mutex);
  if (state_->receiver_gone) return {};
  state_->queue.splice(state_->queue.end(), parcel);
  wake = state_->promise_wake();
}
if (wake) state_->waker.wake();
return {};
