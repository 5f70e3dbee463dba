// breaks: join returns the first failure
// caught by: 05.TaskGroup.join_returns_the_first_failure
// seen in: loops that overwrite "the error"
// symptom: every failure is reported as "Operation canceled": what the others said when they were
//     stopped because of it
task.group_hook().unlink();
if (first_to_end_ == nullptr) first_to_end_ = &task;
const bool has_failed = task.exception() != nullptr || task.error();
if (has_failed) {
  exception_ = task.exception();
  error_ = task.error();
}
const bool cancels = when_ == CancelRest::after_first ||
                     (when_ == CancelRest::after_failure && has_failed) ||
                     (when_ == CancelRest::after_exception && task.exception() != nullptr);
if (cancels) cancel();
if (members_.empty()) joiner_.wake();
