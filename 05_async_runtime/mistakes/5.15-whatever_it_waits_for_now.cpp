// breaks: a ticket for an earlier wait is void
// caught by: 05.Ticket.is_void_once_the_task_waits_for_something_else
// seen in: wakers that know the task and not the wait
// symptom: wake-ups for nothing; a sleep that ends too early, where nobody looks again
if (!runtime_) return;
const auto wake_here = [task = task_] {
  const auto alive = task.lock();
  if (alive && alive->parked_in() != nullptr) alive->parked_in()->wake();
};
if (runtime_->is_here()) {
  wake_here();
} else {
  runtime_->post(wake_here);
}
