// breaks: an exception that a group cannot throw, because it throws another one, is reported
// caught by: 05.TaskGroup.exceptions_after_the_first_are_reported
// seen in: the reference itself, std::async, Promise.all
// symptom: the log shows a consequence ("connection closed"), and never the cause
task.group_hook().unlink();
if (first_to_end_ == nullptr) first_to_end_ = &task;
std::error_code error = task.error();
if (cancelled_ && error == std::errc::operation_canceled) error.clear();
const bool has_failed = task.exception() != nullptr || error;
if (has_failed && exception_ == nullptr && !error_) {
  exception_ = task.exception();
  error_ = error;
}
const bool cancels = when_ == CancelRest::after_first ||
                     (when_ == CancelRest::after_failure && has_failed) ||
                     (when_ == CancelRest::after_exception && task.exception() != nullptr);
if (cancels) cancel();
if (members_.empty()) joiner_.wake();
