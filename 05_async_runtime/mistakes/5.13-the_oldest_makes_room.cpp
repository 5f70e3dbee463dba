// breaks: a sender waits while the channel is full
// caught by: 05.Channel.a_sender_waits_while_it_is_full,
//     05.Channel.who_must_not_wait_is_told_that_he_would
// seen in: rings that were made for logging
// symptom: under load, messages are missing
if (is_closed) return sys::failure(Errc::closed);
if (is_full()) (void)pop();
push(std::move(message));
return std::exchange(receiver, RemoteWaker());
