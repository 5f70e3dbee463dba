// breaks: late beats are skipped, and the next is on the beat
// caught by: 05.Interval.late_beats_are_skipped_and_the_next_is_on_the_beat
// seen in: setInterval and its relatives after a laptop has slept
// symptom: the program stalls for a minute, and then reports sixty times in a row
last_ = due_;
due_ = epoll::saturating_add(last_, period_);
