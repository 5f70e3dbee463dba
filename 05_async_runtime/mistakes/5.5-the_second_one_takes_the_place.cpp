// breaks: a second reader takes nothing from the first one
// caught by: 05.IoOperation.a_second_one_takes_nothing_from_the_first_that_was_woken
// seen in: sources with one place for a waiter, and no check that it is free
// symptom: of two tasks that read from one connection, one waits for ever, for bytes that the other has
if (this->is_evicted() || source_.is_closed()) {
  result_ = sys::failure(std::errc::bad_file_descriptor);
} else {
  result_ = call();
}
return result_ || !sys::would_block(result_.error());
