// breaks: one task may read while another one writes
// caught by: 05.Faults.one_task_reads_and_another_one_writes_the_same_socket,
//     05.Readiness.a_second_reader_gets_an_error_that_says_so
// seen in: the runtime of the originals, where the second one gets EEXIST
// symptom: a chat client that cannot say anything while it listens
const auto is_taken = [this](Direction direction) {
  return source_.waiting(direction).is_taken_by_other_than(*this);
};
if (this->is_evicted() || source_.is_closed()) {
  result_ = sys::failure(std::errc::bad_file_descriptor);
} else if (is_taken(Direction::read) || is_taken(Direction::write)) {
  result_ = sys::failure(Errc::already_waiting);
} else {
  result_ = call();
}
return result_ || !sys::would_block(result_.error());
