// breaks: a message wakes its receiver
// caught by: 02.Channel.it_is_readable_while_there_is_a_message_and_not_otherwise
// seen in: queues that once were polled
// symptom: a job is done when the next thing happens, at night never
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
if (!state_->receiver_gone) state_->queue.splice(state_->queue.end(), parcel);
return {};
