// breaks: a note from another thread ends the wait of the runtime
// caught by: 05.RemoteWaker.wakes_it_from_another_thread
// seen in: queues that were written for one thread, and given a lock later
// symptom: what a thread has finished is sent when the next client comes
run_ = std::max(run_, run);
stop_ = stop_ || stop;
if (is_linked()) return;
self_ = shared_from_this();
shared.asked.push_back(*this);
