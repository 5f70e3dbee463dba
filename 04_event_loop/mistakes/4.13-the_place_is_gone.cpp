// breaks: finish() may destroy the connection, and with it its place in the list
// caught by: 04.HttpServer.a_drain_ends_the_idle_and_finishes_what_has_begun
// seen in: range-based loops over a list that its elements leave
// symptom: a crash at the shutdown of a server with idle clients
if (acceptor_ != nullptr) acceptor_->accept_queued();
acceptor_.reset();
const auto time_limit = connections_.empty() ? Clock::duration(0) : drain_limit_;
loop_.timers().set(drain_end_, epoll::saturating_add(loop_.now(), time_limit));
for (Connection& connection : connections_) connection.finish();
