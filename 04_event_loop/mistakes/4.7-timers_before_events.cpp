// breaks: a client that has sent in time is not timed out
// caught by: 04.EventLoop.events_come_before_a_timer_that_is_due_as_well
// seen in: loops that fire their timers first, because those are "late already"
// symptom: after a pause of the whole machine every client is cut off, although all have sent data
if (auto waited = poll_.wait(events_, time_to_wait(timeout)); !waited)
  return sys::failure(waited.error());
now_ = Clock::now();
++turns_;
std::size_t ran = timers_.fire(now_);
ran += dispatch_events();
ran += run_posted();
ran += run_deferred();
return ran;
