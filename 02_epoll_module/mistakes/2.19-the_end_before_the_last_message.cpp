// breaks: the end comes after the last message
// caught by: 02.Channel.the_end_comes_after_the_last_message_when_the_last_sender_is_gone
// seen in: consumers that ask "is it closed?" before "is there something?"
// symptom: the last jobs before a shutdown are lost
detail::Parcel<T> parcel;
{
  const std::scoped_lock lock(state_->mutex);
  auto& queue = state_->queue;
  const bool ended = state_->senders == 0;
  if (ended) return std::nullopt;
  if (!queue.empty()) parcel.splice(parcel.end(), queue, queue.begin());
  if (queue.empty()) state_->take_wake();
}
if (parcel.empty()) return sys::failure(std::errc::operation_would_block);
return std::move(parcel.front());
