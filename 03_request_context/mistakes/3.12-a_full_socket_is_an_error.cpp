// breaks: a full socket is waited for
// caught by: 03.RequestContextFault.an_interrupted_or_refused_write_loses_nothing
// seen in: the original epoll server: 'could not answer', and the connection is closed
// symptom: clients that read slowly lose the connection in the middle of their download
while (session_.output_size() != 0) {
  const OutputPieces pieces = session_.output_pieces();
  const auto count = stream_.write_vectored(pieces.list());
  if (!count) {
    return sys::failure(count.error());
  }
  session_.sent(*count);
  if (*count < pieces.bytes) return false;
}
return true;
