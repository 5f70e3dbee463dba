// breaks: deferred work does not wait for an event
// caught by: 04.EventLoop.work_that_defers_itself_runs_once_a_turn_and_does_not_wait
// seen in: loops with more than one kind of work, of which the wait knows one
// symptom: an answer goes out when the next client comes
constexpr std::chrono::nanoseconds kNotAtAll{0};
const auto next = timers_.next();
if (!next) return timeout;
const auto until_timer = epoll::time_left(*next, Clock::now());
return timeout ? std::min(*timeout, until_timer) : until_timer;
