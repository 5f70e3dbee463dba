// breaks: a timer may destroy another one that is due as well
// caught by: 04.TimerQueue.a_timer_may_destroy_another_that_is_due_as_well
// seen in: loops that take all that is due at once, and then call them
// symptom: a crash when two connections that belong together time out together
last_fire_ = now;
std::vector<Timer*> due;
while (!heap_.empty() && heap_.front()->deadline_ <= now) {
  due.push_back(heap_.front());
  cancel(*due.back());
}
for (Timer* timer : due) timer->on_timeout();
return due.size();
