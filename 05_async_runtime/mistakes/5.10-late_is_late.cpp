// breaks: a result that arrives in spite of the limit is not lost
// caught by: 05.Timeout.a_result_that_came_all_the_same_wins
// seen in: limits that look at the clock when the work is done
// symptom: bytes that were read are thrown away; the next read begins in the middle of a message
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
if (expired) co_return sys::failure(std::errc::timed_out);
co_return result;
