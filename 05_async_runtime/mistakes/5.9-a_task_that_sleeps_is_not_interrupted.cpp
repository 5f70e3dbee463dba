// breaks: a task that waits ends its wait when it is asked to stop
// caught by: 05.Context.a_task_that_is_asked_to_stop_while_it_waits_ends_its_wait_as_cancelled,
//     05.Sleep.ends_at_once_when_its_task_is_cancelled
// seen in: flags that are checked "in the loop", by a loop that waits in a read
// symptom: a server that stops when the next client comes, and not before
if (stop_.is_requested() || finished_) return;
stop_.request();
