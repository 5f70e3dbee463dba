// breaks: one task may read while another one writes
// caught by: 05.Faults.one_task_reads_and_another_one_writes_the_same_socket,
//     05.Readiness.a_second_reader_gets_an_error_that_says_so
// seen in: the runtime of the originals, where the second one gets EEXIST
// symptom: a chat client that cannot say anything while it listens
if (source_ == nullptr || source_->is_closed()) {
  result_ = sys::failure(std::errc::bad_file_descriptor);
  return true;
}
if (source_->is_taken(Direction::read, *this) || source_->is_taken(Direction::write, *this)) {
  result_ = sys::failure(Errc::already_waiting);
  return true;
}
result_ = call_();
if (result_ || !sys::would_block(result_.error())) return true;
source_->clear_readiness(direction_);
return false;
