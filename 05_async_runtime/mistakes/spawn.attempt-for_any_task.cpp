// breaks: a task that waits for itself, or for a task of another runtime, gets an error
// caught by: 05.Join.of_itself_is_edeadlk,
//     05.Join.of_a_task_of_another_runtime_is_refused_while_that_runs
// seen in: the reference itself
// symptom: a task never ends; with two runtimes, memory is overwritten now and then
if (task_ == nullptr) {
  result_ = sys::failure(std::errc::invalid_argument);
} else if (task_->is_over()) {
  result_ = {};
} else {
  return false;
}
return true;
