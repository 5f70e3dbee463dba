// breaks: a read of 0 bytes is the end
// caught by: 03.RequestContext.the_end_before_anything_is_an_end_and_no_answer,
//   03.RequestContext.a_request_and_a_half_close_get_an_answer_and_then_the_end
// seen in: the original epoll server, which reads the end again and again, and grows with each
//   time
// symptom: 100 % CPU as soon as the first client has left
if (phase() == Phase::writing || phase() == Phase::answering) return advance();
std::size_t taken = 0;
while (true) {
  const auto room = session_.input_space();
  const auto count = stream_.read(room);
  if (!count) {
    if (sys::would_block(count.error())) return Next::read;
    return sys::failure(count.error());
  }
  if (*count == 0) return Next::read;
  session_.received(*count);
  const auto next = advance();
  taken += *count;
  if (!next || *next != Next::read) return next;
  if (*count < room.size() || phase() == Phase::idle || taken >= turn_bytes_) return Next::read;
}
