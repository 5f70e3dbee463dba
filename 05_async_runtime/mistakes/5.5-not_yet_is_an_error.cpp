// breaks: an operation that would block waits
// caught by: 05.IoOperation.a_call_that_would_block_is_made_again_when_there_is_an_event,
//     05.IoOperation.an_event_that_promised_too_much_only_costs_another_wait
// seen in: wrappers that pass on whatever errno says
// symptom: "Resource temporarily unavailable", now and then, from a read that waited for its event
if (this->is_evicted() || source_.is_closed()) {
  result_ = sys::failure(std::errc::bad_file_descriptor);
} else if (source_.waiting(direction_).is_taken_by_other_than(*this)) {
  result_ = sys::failure(Errc::already_waiting);
} else {
  result_ = call();
}
return true;
