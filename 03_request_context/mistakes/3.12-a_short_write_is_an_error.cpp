// breaks: a write that took a part is no error
// caught by: 03.RequestContext.an_answer_larger_than_the_socket_continues_where_it_stopped
// seen in: the original poll server, which ends, with all its clients, over an answer of 4 MiB
// symptom: the server is gone after the first large answer to a slow client
while (session_.output_size() != 0) {
  const OutputPieces pieces = session_.output_pieces();
  const auto count = stream_.write_vectored(pieces.list());
  if (!count) {
    if (sys::would_block(count.error())) return false;
    return sys::failure(count.error());
  }
  session_.sent(*count);
  if (*count < pieces.bytes) return sys::failure(EIO);
}
return true;
