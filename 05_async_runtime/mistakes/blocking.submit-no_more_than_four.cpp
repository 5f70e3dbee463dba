// breaks: a job that waits for another job of its pool does not take the thread that it needs
// caught by: 05.Blocking.jobs_that_wait_for_jobs_do_not_starve_each_other
// seen in: the reference itself, and every pool of a fixed size
// symptom: with four users everything stalls, and no name is looked up any more, at 0 % of a processor
if (jobs_.size() > idle_ && threads_.size() < most_) add_thread();
