// breaks: a source that was removed by an earlier callback gets no event
// caught by:
//     04.EventLoop.a_source_removed_by_an_earlier_callback_of_the_same_batch_gets_no_event,
//     04.EventLoop.a_removed_source_gets_no_more_events
// seen in: loops that take a source out of epoll and forget the events that were fetched already
// symptom: a crash when one client's event closes another one
if (const Registration* const found = registrations_.find(token)) (void)poll_.remove(found->fd);
