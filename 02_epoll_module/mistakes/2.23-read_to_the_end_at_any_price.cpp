// breaks: a client that floods takes its turn and no more, and fills no memory
// caught by: 02.PrintServer.an_unread_output_keeps_no_client_out_and_fills_no_memory
// seen in: the printing server of the originals: "read until EAGAIN", and a client that never stops
// symptom: one fast client and a slow output: memory grows, or all other clients wait
while (true) {
  const auto count = stream.read(buffer_);
  if (!count) return sys::would_block(count.error()) ? Outcome::drained : Outcome::over;
  if (*count == 0) return Outcome::over;
  print(std::span(buffer_).first(*count));
}
