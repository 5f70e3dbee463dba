// breaks: a listener that was silenced is tried again
// caught by: 04.AcceptorTest.a_lack_of_memory_silences_it_for_a_while,
//     04.AcceptorTest.without_a_reserve_it_looks_again_from_time_to_time
// seen in: servers that stop listening at an error, and mean to resume
// symptom: after a short lack of memory the server accepts no client until it is restarted
if (sys::would_block(error)) {
  stopped_ = true;
  if (!reserve_) take_reserve();
  return;
}
if (epoll::is_transient_accept_error(error)) return;
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
