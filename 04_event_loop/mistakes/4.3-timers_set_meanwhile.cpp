// breaks: a timer that sets itself again at once cannot hold the loop
// caught by: 04.TimerQueue.a_timer_that_sets_itself_again_at_once_fires_once_per_call,
//     04.TimerQueue.a_timer_set_by_another_one_waits_for_the_next_call
// seen in: loops that fire "while the first one is due"
// symptom: 100 % of a processor, and no client is served
last_fire_ = now;
std::size_t fired = 0;
while (!heap_.empty()) {
  Timer& first = *heap_.front();
  if (first.deadline_ > now) break;
  cancel(first);
  first.on_timeout();
  ++fired;
}
return fired;
