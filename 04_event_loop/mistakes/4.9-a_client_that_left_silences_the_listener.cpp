// breaks: a client that left before its turn does not hold the others up
// caught by: 04.AcceptorTest.a_client_that_left_before_its_turn_does_not_hold_the_others_up
// seen in: the HTTP server of the originals, where an error of one client ended main
// symptom: a port scan, and new clients wait; or the server ends
if (sys::would_block(error)) {
  stopped_ = true;
  if (!reserve_) take_reserve();
  return;
}
stopped_ = true;
if (epoll::is_out_of_descriptors(error)) {
  const auto turned_away = turn_one_away();
  if (!turned_away && sys::would_block(turned_away.error())) return;
  on_trouble_(error);
  if (turned_away) {
    stopped_ = false;
    return;
  }
} else {
  on_trouble_(error);
}
(void)loop_.modify(token_, epoll::Interest::none(), epoll::Trigger::level);
loop_.timers().set(retry_, loop_.now() + epoll::kAcceptPause);
