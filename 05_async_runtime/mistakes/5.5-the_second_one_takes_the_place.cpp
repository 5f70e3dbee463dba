// breaks: a second reader of the same socket gets an error that says so
// caught by: 05.Readiness.a_second_reader_gets_an_error_that_says_so,
//     05.Stream.a_second_reader_gets_an_error_that_says_so
// seen in: sources with one place for a waiter, and no check that it is free
// symptom: of two tasks that read from one connection, one waits for ever
if (this->is_evicted() || source_.is_closed()) {
  result_ = sys::failure(std::errc::bad_file_descriptor);
} else {
  result_ = call();
}
return result_ || !sys::would_block(result_.error());
