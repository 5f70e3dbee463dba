// breaks: a result that has come when its task is cancelled is not lost
// caught by: 05.Waiter.woken_and_then_cancelled_in_one_turn_it_ends_with_its_result,
//     05.Lifetime.a_read_that_is_ready_when_it_is_cancelled_gives_its_bytes,
//     05.Channel.cancelled_in_the_turn_in_which_a_message_came_it_gets_the_message
// seen in: cancellation that is looked at after the work: the bytes are out of the socket, and the
//     caller is told that there are none
// symptom: after a timeout, the first bytes of the next answer are missing
const bool was_woken = state_ == State::awake;
TaskContext& task = context();
state_ = State::parked;
try {
  const bool is_over = attempt() && !task.stop_requested();
  if (!is_over && !complete_if_cancelled() && park()) {
    if (was_woken && !task.stop_requested()) ++task.scheduler().counters_.woken_for_nothing;
    return;
  }
} catch (...) {
  thrown_ = std::current_exception();
}
leave();
task.set_continuation(*coroutine_);
task.run();
