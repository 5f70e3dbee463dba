// breaks: a wake-up from another thread ends the wait of the loop
// caught by: 05.RemoteWaker.wakes_it_from_another_thread
// seen in: wakers that put the task on the queue, from whichever thread they are called
// symptom: an answer from a thread is seen when the next client comes; now and then a crash
if (task_) task_->wake(run_);
