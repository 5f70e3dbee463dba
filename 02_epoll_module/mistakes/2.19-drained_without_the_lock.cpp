// breaks: looking at the queue and making the eventfd quiet are one step
// caught by: 02.Channel.from_many_threads_nothing_is_lost_doubled_or_disordered
// seen in: queues that look first and drain second
// symptom: once in a hundred thousand messages one stays until the next one comes
// sanitizer: thread
detail::Parcel<T> parcel;
bool ended = false;
bool is_empty = false;
{
  const std::scoped_lock lock(state_->mutex);
  auto& queue = state_->queue;
  if (!queue.empty()) parcel.splice(parcel.end(), queue, queue.begin());
  ended = state_->senders == 0;
  is_empty = queue.empty();
}
if (is_empty && !ended) state_->take_wake();
if (!parcel.empty()) return std::move(parcel.front());
if (!ended) return sys::failure(std::errc::operation_would_block);
return std::nullopt;
