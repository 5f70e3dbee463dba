// breaks: a waker for an earlier wait is void
// caught by: 05.RemoteWaker.is_void_once_the_task_waits_for_something_else
// seen in: wakers that know the task and not the wait
// symptom: wake-ups for nothing; a sleep that ends too early, where no loop checks again
if (!task_) return;
if (task_->is_here()) {
  if (task_->task() != nullptr) task_->wake(task_->task()->runs());
} else {
  task_->wake_later(run_);
}
