// breaks: a caller that awaits a task is resumed when the task is over
// caught by: 05.Task.awaiting_another_one_gives_its_value
// seen in: runtimes that start an awaited task in the way in which they start a spawned one
// symptom: a task is gone in the middle of a function, and what it held is never given back
caller.promise().set_awaiting_at(where);
promise().begin_in(caller.promise().context());
