// breaks: a timer may set itself again, or destroy itself, when it fires
// caught by: 04.TimerQueue.a_timer_is_not_set_while_it_fires,
//     04.TimerQueue.a_timer_may_destroy_itself
// seen in: "for (timer : due) { timer->call(); remove(timer); }"
// symptom: a crash at the first time-out that closes its connection
last_fire_ = now;
const std::uint64_t set_before = next_order_;
std::size_t fired = 0;
while (!heap_.empty()) {
  Timer& first = *heap_.front();
  if (first.deadline_ > now || first.order_ >= set_before) break;
  first.on_timeout();
  cancel(first);
  ++fired;
}
return fired;
