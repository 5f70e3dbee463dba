// breaks: a call that can succeed is made at once
// caught by: 05.IoOperation.makes_the_call_first_and_needs_no_epoll_if_that_succeeds
// seen in: the runtime of the originals: 9.2 system calls for one echoed message
// symptom: under level trigger, half the speed of a loop that was written by hand; under edge
//     trigger, a read that waits for bytes that have been there all the time
if (this->is_evicted() || source_.is_closed()) {
  result_ = sys::failure(std::errc::bad_file_descriptor);
} else if (source_.waiting(direction_).is_taken_by_other_than(*this)) {
  result_ = sys::failure(Errc::already_waiting);
} else {
  if (this->context().parked_in() == nullptr) source_.clear_readiness(direction_);
  result_ = call();
}
return result_ || !sys::would_block(result_.error());
