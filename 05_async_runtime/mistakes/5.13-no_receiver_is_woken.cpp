// breaks: a task that waits for a message is resumed when there is one
// caught by: 05.Channel.has_many_senders,
//     05.Channel.a_second_receive_at_the_same_time_gets_an_error
// seen in: queues that were written for one thread
// symptom: work is done when the next piece of work comes
if (is_closed) return sys::failure(Errc::closed);
if (is_full()) return sys::failure(std::errc::operation_would_block);
push(std::move(message));
return RemoteWaker();
