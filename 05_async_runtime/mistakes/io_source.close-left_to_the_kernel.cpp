// breaks: a socket that is closed is heard of no more
// caught by: 05.Lifetime.a_closed_socket_whose_duplicate_lives_on_gets_no_more_events,
//     05.Readiness.one_that_is_destroyed_wakes_the_task_that_waits_and_is_not_touched_again
// seen in: "close removes it from epoll": not while a child process has it open
// symptom: a crash after the first child process
if (is_closed()) return;
fd_ = -1;
for (WaiterSlot& slot : waiting_) slot.evict();
