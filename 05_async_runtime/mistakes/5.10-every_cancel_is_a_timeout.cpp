// breaks: a task that is cancelled from outside says so
// caught by: 05.Timeout.cancelled_from_outside_it_ends_as_cancelled
// seen in: limits that know one reason for a cancelled operation
// symptom: a server that is asked to stop retries everything, as after a timeout
TaskGroup group(CancelRest::never);
event_loop::CallbackTimer timer([&] { group.cancel(); });
Scheduler::here().timers().set(timer, time_after(limit));
auto child = group.spawn(std::move(task));
(void)co_await group.join();
sys::Result<T> result = child->outcome().take();
if (!result && result.error() == std::errc::operation_canceled)
  co_return sys::failure(std::errc::timed_out);
co_return result;
