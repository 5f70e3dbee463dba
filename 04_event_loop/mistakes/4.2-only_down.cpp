// breaks: the order holds after a cancel
// caught by: 04.TimerQueue.agrees_with_a_sorted_multimap_whatever_happens
// seen in: heaps that knew "take the first one" and were taught "take any one"
// symptom: now and then a time-out comes late, on servers whose connections come and go
if (timer.queue_ != this) return;
timer.queue_ = nullptr;
Timer* const last = heap_.back();
heap_.pop_back();
if (last == &timer) return;
put(timer.place_, last);
move_down(last->place_);
