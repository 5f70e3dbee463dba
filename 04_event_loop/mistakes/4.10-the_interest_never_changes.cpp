// breaks: an answer that the kernel does not take at once is sent later
// caught by: 04.Faults.an_answer_that_the_kernel_does_not_take_at_once_is_sent_later
// seen in: servers that write and hope
// symptom: large answers stop in the middle, on slow networks only
if (!next || *next == http::Next::close) {
  server_.close(self_);
  return;
}
put_off();
