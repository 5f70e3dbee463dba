// breaks: a timer ends the wait
// caught by: 04.EventLoop.a_timer_ends_the_wait_and_is_never_early,
//     04.EventLoop.waits_for_the_timer_or_the_timeout_whichever_is_first
// seen in: loops that look at their timers "after each event"
// symptom: on a quiet server nothing ever times out
constexpr std::chrono::nanoseconds kNotAtAll{0};
if (!deferred_.empty()) return kNotAtAll;
return timeout;
