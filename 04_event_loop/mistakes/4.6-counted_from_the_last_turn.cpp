// breaks: the wait is as long as the time that is really left
// caught by: 04.EventLoop.a_wait_is_shorter_by_what_the_callbacks_took
// seen in: loops that take the time of the turn for every purpose
// symptom: timers are late, and the later the more the loop had to do before them
constexpr std::chrono::nanoseconds kNotAtAll{0};
if (!deferred_.empty()) return kNotAtAll;
const auto next = timers_.next();
if (!next) return timeout;
const auto until_timer = epoll::time_left(*next, now_);
return timeout ? std::min(*timeout, until_timer) : until_timer;
