// breaks: after cancel, a member that was stopped has not failed
// caught by: 05.TaskGroup.cancel_reaches_all_members_and_those_that_come_later,
//     05.TaskGroup.a_second_joiner_gets_an_error
// seen in: programs whose every orderly end is logged as an error
// symptom: "Operation canceled", each time the server is stopped
task.group_hook().unlink();
if (first_to_end_ == nullptr) first_to_end_ = &task;
const std::error_code error = task.error();
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
