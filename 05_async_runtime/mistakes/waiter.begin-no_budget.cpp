// breaks: a task whose operations never wait lets others have their turn
// caught by: 05.Waiter.a_task_whose_operations_never_wait_still_lets_others_have_their_turn
// seen in: coroutines whose awaiters are ready more often than their author thought
// symptom: one client that sends without a pause, and all others time out
coroutine_ = &coroutine;
coroutine.set_awaiting_at(where);
if (complete_if_cancelled() || attempt()) return false;
suspend();
try {
  if (park()) return true;
} catch (...) {
  leave();
  throw;
}
leave();
return false;
