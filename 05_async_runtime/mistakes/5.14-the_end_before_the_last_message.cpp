// breaks: what was sent before the last sender went can still be received
// caught by: 05.Channel.what_was_sent_before_the_sender_went_can_still_be_received,
//     05.Channel.messages_arrive_in_order_and_end_when_the_last_sender_has_gone
// seen in: channels that look at the flag first
// symptom: the last lines of a log are missing
if (is_closed) return sys::failure(Errc::closed);
if (queue.empty()) return sys::failure(std::errc::operation_would_block);
Parcel<T> message = pop();
if (ChannelWaiter<T>* const next = senders.pop_front()) {
  push(std::move(next->message));
  to_wake = next->waker;
}
return message;
