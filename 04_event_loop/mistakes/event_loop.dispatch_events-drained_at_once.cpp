// breaks: a source that throws does not discard what was posted
// caught by: 04.EventLoop.what_was_posted_before_a_timer_throws_ends_the_next_wait
// seen in: the reference itself, which drained the waker before it called the sources
// symptom: after an error in one callback, functions that are posted wait until a client sends something
std::size_t told = 0;
for (const epoll::Event event : events_) {
  if (event.token() == kWakerToken) {
    woken_ = waker_.drain();
    continue;
  }
  const Registration* const found = registrations_.find(event.token());
  if (found == nullptr) continue;
  found->source->on_event(event);
  ++told;
}
return told;
