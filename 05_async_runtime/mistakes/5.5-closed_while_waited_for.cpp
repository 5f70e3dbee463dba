// breaks: an operation whose socket was closed meanwhile ends with EBADF
// caught by: 05.Readiness.closing_wakes_the_task_that_waits_and_refuses_later_ones,
//     05.Lifetime.a_socket_that_another_task_closes_ends_the_read_that_waits
// seen in: sockets that are shared by two tasks, of which one ends first
// symptom: a crash at the end of a connection; or a read from the file that has the number now
if (source_.waiting(direction_).is_taken_by_other_than(*this)) {
  result_ = sys::failure(Errc::already_waiting);
} else {
  result_ = call();
}
return result_ || !sys::would_block(result_.error());
