// breaks: what is posted while the wake-up is taken is not lost
// caught by: 04.EventLoop.what_is_posted_while_the_wake_up_is_taken_is_not_lost
// seen in: loops that make the eventfd quiet when they have taken everything
// symptom: once in a million times, work from another thread is not done, nor is any that comes after it
if (std::exchange(woken_, false)) {
  {
    const std::scoped_lock lock(posted_mutex_);
    posted_now_.take(posted_);
  }
  (void)waker_.drain();  // all that has been posted so far is in the batch
}
