// breaks: two tasks that wake each other for ever do not keep the scheduler from its descriptors
// caught by: 05.Scheduler.waits_for_events_however_often_tasks_become_ready_again
// seen in: executors that run "until the queue is empty"
// symptom: two tasks send each other messages, and no client is accepted any more
while (ready_.run(kTasksATurn) != 0) continue;
