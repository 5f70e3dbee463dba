// breaks: a client in the kernel's queue is connected, and gets its answer
// caught by: 04.Drain.clients_that_wait_in_the_queue_get_their_answers
// seen in: servers that close the listener as the first step of a restart
// symptom: a few "connection reset by peer" with every deployment, under load only
acceptor_.reset();
const auto time_limit = connections_.empty() ? Clock::duration(0) : drain_limit_;
loop_.timers().set(drain_end_, epoll::saturating_add(loop_.now(), time_limit));
for (auto next = connections_.begin(); next != connections_.end();) (next++)->finish();
