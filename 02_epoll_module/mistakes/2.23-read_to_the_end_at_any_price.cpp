// breaks: a client that floods takes its turn and no more, and fills no memory
// caught by: 02.PrintServer.an_output_that_nobody_reads_keeps_nobody_out_and_fills_no_memory
// seen in: the printing server of the originals: "read until EAGAIN", and a client that never stops
// symptom: one fast client and a slow output: memory grows, or everybody else waits
while (true) {
  const auto count = stream.read(buffer_);
  if (!count) return sys::would_block(count.error()) ? Outcome::drained : Outcome::over;
  if (*count == 0) return Outcome::over;
  print(std::span(buffer_).first(*count));
}
