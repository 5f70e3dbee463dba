// breaks: a member that returns an error cancels the others, and join returns it
// caught by:
//     05.TaskGroup.a_member_that_returns_an_error_cancels_the_others_and_join_returns_it,
//     05.TaskGroup.join_returns_the_first_failure
// seen in: groups from languages in which every error is an exception
// symptom: one direction of a proxy has failed, and the other one waits for ever
task.group_hook().unlink();
if (first_to_end_ == nullptr) first_to_end_ = &task;
if (exception_ == nullptr) exception_ = task.exception();
const bool cancels = when_ == CancelRest::after_first ||
                     (when_ != CancelRest::never && task.exception() != nullptr);
if (cancels) cancel();
if (members_.empty()) joiner_.wake();
