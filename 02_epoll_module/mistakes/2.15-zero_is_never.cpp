// breaks: what is due already expires at once
// caught by: 02.Timer.what_is_due_already_expires_at_once
// seen in: programs that pass "deadline minus now" on: to timerfd_settime a zero disarms
// symptom: a timer that is late already never fires, and what it should have ended hangs
itimerspec spec{};
spec.it_value = to_timespec(std::max(delay, nanoseconds(0)));
return set(fd(), spec);
