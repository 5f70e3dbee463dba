// breaks: an awaiter may be destroyed while its task waits in it
// caught by: 05.Waiter.destroyed_while_it_is_parked_its_task_is_never_resumed
// seen in: awaiters that live longer or shorter than the coroutine, because they have a name
// symptom: a crash when a task is cancelled: it remembers where it waits, and that is gone
unlink();
