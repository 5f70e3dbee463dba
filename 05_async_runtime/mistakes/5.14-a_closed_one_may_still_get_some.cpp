// breaks: a receiver that was closed and has taken all there was is told so
// caught by: 05.Channel.one_that_was_closed_says_so_when_it_is_drained,
//     05.Channel.closing_wakes_a_receive_that_waits
// seen in: the reference itself, where only the last sender's end was the end
// symptom: a worker that was told to finish its queue finishes it, and then waits for ever
if (queue.empty()) {
  if (senders == 0) return sys::failure(Errc::closed);
  return sys::failure(std::errc::operation_would_block);
}
Parcel<T> message = pop();
if (WaitingSender* const next = line.pop_front()) {
  push(std::move(*next->message));
  next->is_taken = true;
  to_wake = next->waker;
}
return message;
