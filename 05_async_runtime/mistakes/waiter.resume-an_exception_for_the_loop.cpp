// breaks: an exception belongs to the task in whose operation it is thrown
// caught by: 05.Waiter.an_attempt_that_throws_in_a_later_turn_throws_from_the_co_await_too
// seen in: event loops that call and do not catch
// symptom: one task fails in an allocation, and the whole server ends
const bool was_woken = state_ == State::awake;
TaskContext& task = context();
state_ = State::parked;
if (!attempt() && !complete_if_cancelled() && park()) {
  if (was_woken && !task.stop_requested()) ++task.scheduler().counters_.woken_for_nothing;
  return;
}
leave();
task.set_continuation(*coroutine_);
task.run();
