// breaks: after a short write the next connection has its turn
// caught by: 03.RequestContext.an_answer_larger_than_the_socket_continues_where_it_stopped
// seen in: loops that write until the call would block: one system call more for each large
//   answer
// symptom: profiles show a failing send for each that succeeds
while (session_.output_size() != 0) {
  const OutputPieces pieces = session_.output_pieces();
  const auto count = stream_.write_vectored(pieces.list());
  if (!count) {
    if (sys::would_block(count.error())) return false;
    return sys::failure(count.error());
  }
  session_.sent(*count);
}
return true;
