// breaks: a wake-up that comes while a task begins to wait is not lost
// caught by: 05.ThisTask.tasks_that_yield_take_turns
// seen in: the runtime of the originals: the descriptor is registered before the waker, and 64 % of
//     the events find no waiter
// symptom: a task that waits for what has happened already
coroutine_ = &coroutine;
coroutine.set_awaiting_at(where);
TaskContext& task = coroutine.context();
if (!task.consume_budget()) {
  begin_deferred(coroutine);
  return true;
}
if (complete_if_cancelled()) return false;
if (attempt()) return false;
if (!park()) return false;
suspend(State::parked);
return true;
