// breaks: a receiver that was closed and has taken everything gets the end
// caught by: 05.Channel.one_that_was_closed_says_so_when_it_is_drained,
//     05.Channel.closing_wakes_a_receive_that_waits
// seen in: the reference itself, which waited for the end of a sender that could send nothing
// symptom: a worker that was told to finish its queue finishes it, and then waits for ever
if (queue.empty()) return sys::failure(std::errc::operation_would_block);
Parcel<T> message = pop();
if (ChannelWaiter<T>* const next = senders.pop_front()) {
  push(std::move(next->message));
  to_wake = next->waker;
}
return message;
