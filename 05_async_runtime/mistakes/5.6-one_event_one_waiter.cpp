// breaks: an event for both directions wakes both tasks
// caught by: 05.Readiness.one_event_wakes_the_reader_and_the_writer
// seen in: "if (readable) ... else if (writable) ..."
// symptom: an upload stalls for ever if the answer arrives at the moment when it could continue
if (event.is_read_closed() || event.is_error()) end_announced_ = true;
if (event.is_urgent()) has_mark_ = true;
ready_[index_of(Direction::read)] |= event.is_readable();
ready_[index_of(Direction::write)] |= event.is_writable();
for (const Direction direction : {Direction::read, Direction::write}) {
  Waiter* const waiter = waiting_[index_of(direction)].waiter();
  if (waiter == nullptr || !is_ready(direction)) continue;
  ++runtime_->counters_.woken;
  return waiter->wake();
}
