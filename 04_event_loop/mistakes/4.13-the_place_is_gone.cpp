// breaks: finish() may destroy the connection, and with it its place in the list
// caught by: 04.HttpServer.a_drain_ends_the_idle_and_finishes_what_has_begun
// seen in: range-based loops over a list that its elements leave
// symptom: a crash at the shutdown of a server with idle clients
acceptor_.reset();
loop_.timers().set(drain_end_,
                   loop_.now() + (connections_.empty() ? Clock::duration(0) : drain_patience_));
for (const auto& connection : connections_) connection->finish();
