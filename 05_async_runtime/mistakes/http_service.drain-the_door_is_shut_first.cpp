// breaks: clients who wait in the queue when a drain begins are let in
// caught by: 05.HttpService.a_drain_answers_what_waits_unread_and_who_waits_in_the_queue
// seen in: the first version here
// symptom: at every restart some clients, who were connected already, get a reset
draining_ = true;
if (listener_) listener_->close();
Runtime::here().loop().timers().set(drain_end_, time_after(patience));
for (HttpClient& client : clients_) {
  if (has_begun(client.session)) client.session.finish();
  client.drained.trigger();
}
