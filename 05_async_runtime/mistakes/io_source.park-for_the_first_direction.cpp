// breaks: a task that waits in the other direction is woken, too
// caught by: 05.Faults.one_task_reads_and_another_one_writes_the_same_socket
// seen in: registrations that are made when they are needed, and made once
// symptom: an upload stands still when the peer reads slowly; a lost wake-up
Runtime& runtime = Runtime::of(waiter.context().scheduler());
if (runtime_ == nullptr) {
  const auto interest = waiter.direction_ == Direction::read ? epoll::Interest::read()
                                                             : epoll::Interest::write();
  auto token = runtime.loop().add(fd_, interest, epoll::Trigger::edge, *this);
  if (!token) return sys::failure(token.error());
  token_ = *token;
  runtime_ = &runtime;
  runtime.sources_.push_back(*this);
  runtime.trace(TraceEvent::watched, fd_);
} else if (runtime_ != &runtime) {
  return sys::failure(std::errc::invalid_argument);
}
(void)waiter.hold_.take(waiting_[index_of(waiter.direction_)], waiter);  // its attempt has looked
return {};
