// breaks: a sender that waits continues when there is room
// caught by: 05.Channel.a_sender_waits_while_it_is_full,
//     05.Channel.messages_arrive_in_order_and_end_when_the_last_sender_has_gone
// seen in: bounded queues with one condition variable, for the other side
// symptom: everything stalls once the queue has been full
if (queue.empty()) {
  if (is_closed) return sys::failure(Errc::closed);
  return sys::failure(std::errc::operation_would_block);
}
return pop();
