// breaks: connections in the listener's queue are served when a drain begins
// caught by: 05.HttpService.a_drain_answers_unread_requests_and_connections_in_the_queue
// seen in: the first version here
// symptom: at every restart some clients that were connected already get a reset
draining_ = true;
if (listener_) listener_->close();
Scheduler::here().timers().set(drain_step_, time_after(drain_limit_));
for (Exchange& client : clients_) client.drained_.trigger();
