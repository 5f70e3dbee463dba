// breaks: a task that sleeps costs nothing until its time has come
// caught by: 05.Sleep.for_ever_is_no_time_in_the_past,
//     05.Sleep.ends_at_once_when_its_task_is_cancelled
// seen in: runtimes without timers: "yield until the clock says so"
// symptom: 100 % of a processor, on a server that does nothing
wake();
return true;
