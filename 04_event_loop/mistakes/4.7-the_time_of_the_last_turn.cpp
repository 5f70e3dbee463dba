// breaks: now() is a time of this turn
// caught by: 04.EventLoop.now_is_the_time_of_this_turn
// seen in: loops that take the time before they wait
// symptom: after a quiet hour every new deadline is over before it begins
now_ = Clock::now();
if (auto waited = poll_.wait(events_, time_to_wait(timeout)); !waited)
  return sys::failure(waited.error());
++turns_;
std::size_t ran = dispatch_events();
ran += timers_.fire(now_);
ran += run_posted();
ran += run_deferred();
return ran;
