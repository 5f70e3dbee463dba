// breaks: a result that is there already wins over every limit
// caught by: 05.Timeout.a_result_that_is_there_wins_over_a_limit_of_zero
// seen in: the reference itself: the alarm was set before the task had its first turn
// symptom: under load, messages that have come long ago are reported as timed out
TaskGroup group(CancelRest::never);
bool expired = false;
event_loop::CallbackTimer timer([&] {
  expired = true;
  group.cancel();
});
Scheduler::here().timers().set(timer, time_after(limit));
auto child = group.spawn(std::move(task));
(void)co_await group.join();
sys::Result<T> result = child->outcome().take();
if (expired && !result && result.error() == std::errc::operation_canceled)
  co_return sys::failure(std::errc::timed_out);
co_return result;
