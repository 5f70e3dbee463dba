// breaks: a failure of a task reaches the task that joins it
// caught by: 05.Spawn.join_throws_what_the_task_threw
// seen in: threads and tasks that are joined for their end and not for their result
// symptom: a step has failed, its caller does not learn of it, and the next step works on half a file
Outcome<T> outcome = std::exchange(task_->outcome(), Outcome<T>());
if (outcome.value() == nullptr) return sys::failure(std::errc::operation_canceled);
if constexpr (std::is_void_v<T>) {
  return {};
} else {
  return outcome.take();
}
