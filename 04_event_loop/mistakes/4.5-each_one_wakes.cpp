// breaks: a burst costs one wake-up
// caught by: 04.EventLoop.a_thousand_posts_wake_the_loop_once
// seen in: channels with a pipe that gets a byte for each message
// symptom: more time goes into waking than into the work
{
  const std::scoped_lock lock(posted_mutex_);
  posted_.push_back(std::move(callback));
}
waker_.wake();
