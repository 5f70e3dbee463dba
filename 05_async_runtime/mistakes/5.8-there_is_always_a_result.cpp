// breaks: joining a task whose runtime is gone is an error, not a crash
// caught by: 05.Spawn.a_result_can_be_joined_once
// seen in: every "it is over, so there is a value"
// symptom: a crash while the program shuts down
Outcome<T> outcome = std::exchange(task_->outcome(), Outcome<T>());
if constexpr (std::is_void_v<T>) {
  outcome.take();
  return {};
} else {
  return outcome.take();
}
