// breaks: only a task that can make progress is woken
// caught by: 05.Readiness.wakes_the_one_whose_direction_is_ready_and_not_the_other
// seen in: sources with one list of waiters for both directions
// symptom: twice the wake-ups on a connection that reads and writes at the same time
if (event.is_read_closed() || event.is_error()) end_announced_ = true;
if (event.is_urgent()) has_mark_ = true;
ready_[index_of(Direction::read)] |= event.is_readable();
ready_[index_of(Direction::write)] |= event.is_writable();
for (const WaiterSlot& slot : waiting_) {
  if (slot.waiter() == nullptr) continue;
  ++runtime_->counters_.woken;
  slot.waiter()->wake();
}
