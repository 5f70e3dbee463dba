// breaks: a source that was removed by an earlier callback of the batch gets no event
// caught by:
//     04.EventLoop.a_source_removed_by_an_earlier_callback_of_the_same_batch_gets_no_event
// seen in: loops whose events carry the pointer itself [epoll_ctl(2), data.ptr]
// symptom: a crash when one client's event closes another client, which had one too
std::vector<std::pair<Source*, epoll::Event>> ready;
for (const epoll::Event event : events_) {
  if (event.token() == kWakerToken) {
    woken_ = true;
  } else if (const Registration* const found = registrations_.find(event.token())) {
    ready.emplace_back(found->source, event);
  }
}
for (const auto& [source, event] : ready) source->on_event(event);
return ready.size();
