// breaks: a wake-up from another thread ends the wait of the loop
// caught by: 05.Ticket.wakes_it_from_another_thread
// seen in: wakers that put the task on the queue, from whichever thread they are called
// symptom: an answer from a thread is seen when the next client comes; now and then a crash
if (!runtime_) return;
const auto alive = task_.lock();
if (alive && alive->turns() == turn_ && alive->parked_in() != nullptr)
  alive->parked_in()->wake();
