// breaks: late beats are skipped, and the next is on the beat
// caught by: 05.Interval.late_beats_are_skipped_and_the_next_is_on_the_beat
// seen in: loops that sleep for the period after their work
// symptom: what is to happen at every full second comes later and later
last_ = std::max(due_, Clock::now());
due_ = epoll::saturating_add(last_, period_);
