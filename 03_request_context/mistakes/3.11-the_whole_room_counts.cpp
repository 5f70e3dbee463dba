// breaks: only bytes that have arrived count
// caught by: 03.RequestContext.a_client_that_waits_for_100_continue_gets_it_in_the_same_turn,
//   04.ServerLog.counts_the_true_bytes_of_each_request_however_they_come,
//   04.Faults.a_body_in_small_segments_is_not_answered_before_its_last_byte
// seen in: the original epoll server: 4096 bytes for each read, and an answer after 4,900 of
//   200,000
// symptom: uploads over slow lines are answered early, and hold bytes of another client
if (phase() == Phase::writing || phase() == Phase::answering) return advance();
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
    session_.received(room.size());
  }
  const auto next = advance();
  taken += *count;
  if (!next || *next != Next::read) return next;
  if (*count < room.size() || phase() == Phase::idle || taken >= turn_bytes_) return Next::read;
}
