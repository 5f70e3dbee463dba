// breaks: a readable event without bytes is no error
// caught by: 03.RequestContext.a_readable_event_without_bytes_is_no_error
// seen in: programs that take 'readable' for a promise
// symptom: once in a long time a healthy connection is closed, with 'Resource temporarily
//   unavailable'
if (phase() == Phase::writing || phase() == Phase::answering) return advance();
std::size_t taken = 0;
while (true) {
  const auto room = session_.input_space();
  const auto count = stream_.read(room);
  if (!count) {
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
