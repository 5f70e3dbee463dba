// breaks: a result can be joined once
// caught by: 05.Spawn.a_result_can_be_joined_once,
//     05.Spawn.an_exception_that_was_joined_is_not_reported
// seen in: results that are taken by reference
// symptom: an exception that was caught is reported as lost; a second join gets an empty string
if (task_->outcome().is_empty()) return sys::failure(std::errc::operation_canceled);
if constexpr (std::is_void_v<T>) {
  task_->outcome().take();
  return {};
} else {
  return task_->outcome().take();
}
