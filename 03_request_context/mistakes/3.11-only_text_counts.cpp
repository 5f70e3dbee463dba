// breaks: a body is bytes
// caught by: 03.RequestContext.bytes_that_are_no_text_cause_no_spinning
// seen in: the original epoll server, where a picture in the first read hides the whole head;
//   the original poll server waits for text for ever
// symptom: uploads of pictures fail in one case out of two, and those of texts never do
if (phase() == Phase::writing || phase() == Phase::answering) return advance();
std::size_t taken = 0;
while (true) {
  const auto room = session_.input_space();
  const auto count = stream_.read(room);
  if (!count) {
    if (sys::would_block(count.error())) return Next::read;
    return sys::failure(count.error());
  }
  const auto is_text = [](std::byte byte) { return byte < std::byte{0x80}; };
  if (!std::ranges::all_of(room.first(*count), is_text)) return Next::read;
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
