// breaks: what has come of a request is kept until the rest comes
// caught by: 03.RequestContext.a_client_that_waits_for_100_continue_gets_it_in_the_same_turn,
//   04.EchoFaults.a_request_in_two_reads_is_one_request
// seen in: the original poll server, whose buffer is a local variable: the second half of a
//   request became a request, with the method 'X:'
// symptom: requests fail at random, more often over slow lines
if (phase() == Phase::writing || phase() == Phase::answering) return advance();
session_ = Session({}, trace_);  // a clean start for each event
std::size_t taken = 0;
while (true) {
  const auto room = session_.input_space();
  const auto count = stream_.read(room);
  if (!count) {
    if (sys::would_block(count.error())) return Next::read;
    return sys::failure(count.error());
  }
  if (*count == 0) {
    session_.received_end();
  } else {
    session_.received(*count);
  }
  const auto next = advance();
  taken += *count;
  if (!next || *next != Next::read) return next;
  if (*count < room.size() || phase() == Phase::idle || taken >= turn_bytes_) return Next::read;
}
