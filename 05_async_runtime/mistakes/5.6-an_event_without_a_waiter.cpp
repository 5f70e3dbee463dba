// breaks: an event that comes while no task waits is kept
// caught by: 05.Readiness.keeps_an_event_for_which_no_task_waits,
//     05.Lifetime.an_end_that_comes_while_no_task_reads_is_read_later
// seen in: edge-triggered loops that look for the waiter before they note the event
// symptom: a connection that hangs when the answer comes faster than the program begins to wait
if (event.is_read_closed() || event.is_error()) end_announced_ = true;
if (event.is_urgent()) has_mark_ = true;
for (const Direction direction : {Direction::read, Direction::write}) {
  Waiter* const waiter = waiting_[index_of(direction)].waiter();
  if (waiter == nullptr) continue;
  ready_[index_of(direction)] |=
      direction == Direction::read ? event.is_readable() : event.is_writable();
  if (!is_ready(direction)) continue;
  ++runtime_->counters_.woken;
  waiter->wake();
}
