// breaks: a task that is woken by another one is resumed without a look at the descriptors
// caught by: 05.Scheduler.resumes_what_has_become_ready_without_a_wait_for_each_round
// seen in: the first form of this scheduler
// symptom: an epoll_wait for each message of a channel: 1.3 us instead of 20 ns
ready_.run(kTasksATurn);
