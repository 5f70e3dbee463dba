// breaks: a lack of descriptors is not a reason to spin
// caught by: 04.AcceptorTest.clients_without_a_descriptor_are_turned_away_without_spinning
// seen in: the HTTP server of the originals: 132,422 lines "couldn't accept" a second
// symptom: 100 % of a processor, and a disk that is filled by the log
stopped_ = true;
if (sys::would_block(error)) {
  if (!reserve_) take_reserve();
  return;
}
if (epoll::is_transient_accept_error(error)) {
  stopped_ = false;
  return;
}
on_trouble_(error);
if (epoll::is_out_of_descriptors(error)) return;  // the next event will try again
(void)loop_.modify(token_, epoll::Interest::none(), epoll::Trigger::level);
loop_.timers().set(retry_, loop_.now() + epoll::kAcceptPause);
