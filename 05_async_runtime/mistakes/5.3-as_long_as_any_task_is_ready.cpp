// breaks: a task that becomes ready while others run waits for the next round
// caught by: 05.ReadyList.a_waiter_that_becomes_ready_meanwhile_waits_for_the_next_snapshot
// seen in: executors that run "until the queue is empty"
// symptom: two tasks that wake each other, and the server no longer accepts
std::size_t ran = 0;
for (; ran < budget; ++ran) {
  snapshot_.take_all(arrived_);
  TaskHook* const next = snapshot_.pop_front();
  if (next == nullptr) break;
  next->task.resume();
}
return ran;
