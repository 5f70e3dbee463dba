// breaks: deferred work runs after all events of its turn
// caught by: 04.EventLoop.deferred_work_runs_after_all_events_and_timers_of_its_turn
// seen in: loops that run what is queued at the head of the turn
// symptom: an object that was to be destroyed "later" is destroyed while events for it are handled
if (auto waited = poll_.wait(events_, time_to_wait(timeout)); !waited)
  return sys::failure(waited.error());
now_ = Clock::now();
++turns_;
std::size_t ran = run_deferred();
ran += dispatch_events();
ran += timers_.fire(now_);
ran += run_posted();
return ran;
