// breaks: a sender waits while the channel is full
// caught by: 05.Channel.a_sender_waits_while_it_is_full,
//     05.Channel.trying_to_send_or_receive_says_that_it_would_wait
// seen in: rings that were made for logging
// symptom: under load, messages are missing
if (is_closed) return sys::failure(Errc::closed);
if (is_full()) (void)pop();
push(std::move(message));
const ChannelWaiter<T>* const first = receivers.front();
return first != nullptr ? first->waker : RemoteWaker();
