// breaks: a wait ends when its time is over, however many signals come
// caught by: 02.Poll.a_wait_continues_after_a_signal_with_the_time_that_is_left
// seen in: the usual "while (n == -1 && errno == EINTR)" around a call with a timeout
// symptom: a program that gets a signal every second never sees a timeout of two seconds
events.size_ = 0;
while (true) {
  const auto count =
      sys::call<::epoll_wait>(fd_.get(), events.buffer_.data(),
                              static_cast<int>(events.buffer_.size()), to_milliseconds(timeout));
  if (!count && sys::interrupted(count.error())) continue;
  if (!count) return sys::failure(count.error());
  events.size_ = static_cast<std::size_t>(*count);
  return {};
}
