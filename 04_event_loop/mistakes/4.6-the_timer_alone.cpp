// breaks: the caller's timeout holds though a timer is set
// caught by: 04.EventLoop.waits_for_the_timer_or_the_timeout_whichever_is_first
// seen in: waits that replace one limit by the other instead of taking the smaller one
// symptom: a call that was to last 5 ms comes back after an hour
constexpr std::chrono::nanoseconds kNotAtAll{0};
if (!deferred_.empty()) return kNotAtAll;
const auto next = timers_.next();
if (!next) return timeout;
return epoll::time_left(*next, Clock::now());
