// breaks: jobs run at the same time
// caught by: 05.ThreadPool.a_job_that_waits_does_not_keep_another_thread_from_the_next
// seen in: pools whose lock guards "everything", the work included
// symptom: four threads that are as slow as one; a job that gives a job to the pool hangs for ever
std::unique_lock lock(mutex_);
while (true) {
  ++idle_;
  news_.wait(lock, stop, [this] { return !jobs_.empty(); });
  --idle_;
  if (stop.stop_requested()) return;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  job();
}
