// breaks: after a wait there are the events of this wait
// caught by: 02.Poll.a_wait_forgets_the_events_of_the_last_one
// seen in: loops that keep the count of the last call when this one fails
// symptom: after a signal, the last batch is handled a second time
const auto begin = timeout ? Clock::now() : Clock::time_point();
auto left = timeout;
while (true) {
  const auto count =
      sys::call<::epoll_wait>(fd_.get(), events.buffer_.data(),
                              static_cast<int>(events.buffer_.size()), to_milliseconds(left));
  if (!count && !sys::interrupted(count.error())) return sys::failure(count.error());
  if (count) events.size_ = static_cast<std::size_t>(*count);
  if (!events.empty()) return {};
  if (!timeout) continue;
  left = *timeout - (Clock::now() - begin);
  if (count && *left <= nanoseconds(0)) return {};
}
