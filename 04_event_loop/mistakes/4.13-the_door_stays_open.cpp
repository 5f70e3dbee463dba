// breaks: a server that drains lets no client in
// caught by: 04.Drain.lets_no_client_in_any_more
// seen in: shutdowns that look at the connections, and not at the listener
// symptom: a server that is to stop never does, as long as clients come
const auto time_limit = connections_.empty() ? Clock::duration(0) : drain_limit_;
loop_.timers().set(drain_end_, epoll::saturating_add(loop_.now(), time_limit));
for (auto next = connections_.begin(); next != connections_.end();) (next++)->finish();
