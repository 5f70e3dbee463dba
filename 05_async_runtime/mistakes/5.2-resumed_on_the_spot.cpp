// breaks: a task that awaits others does not grow the stack
// caught by: 05.Task.every_await_runs_at_the_same_place_of_the_stack,
//     05.Task.twenty_thousand_tasks_that_await_one_another_do_not_grow_the_stack
// seen in: coroutine libraries from before symmetric transfer, and those that rely on it in a debug
//     build, where it is a call
// symptom: a crash after some ten thousand messages on one connection, in the test build only
caller.promise().set_awaiting_at(where);
promise().begin_for(caller.promise());
caller.promise().context().run();
