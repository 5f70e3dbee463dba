// breaks: a request that waits unread when a drain begins is answered
// caught by: 05.HttpService.a_drain_answers_unread_requests_and_connections_in_the_queue
// seen in: the first version here
// symptom: at every restart some clients get a reset instead of an answer
draining_ = true;
drained_.trigger();
Scheduler::here().timers().set(drain_step_, time_after(drain_limit_));
for (Exchange& client : clients_) {
  if (client.session_.phase() == http::Phase::idle) client.stream_.close();
}
