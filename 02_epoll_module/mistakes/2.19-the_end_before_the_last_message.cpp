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
