// breaks: closing a socket wakes the tasks that wait for it
// caught by: 05.Readiness.closing_wakes_the_task_that_waits_and_refuses_later_ones,
//     05.TcpListener.closing_it_wakes_the_task_that_waits_for_a_client
// seen in: programs that close a descriptor in one thread and wait for it in another [close(2)]
// symptom: a server that was told to stop and hangs in accept
if (is_closed()) return;
if (runtime_ != nullptr) {
  if (!runtime_->is_forked_copy()) runtime_->loop().remove(token_);
  runtime_->trace(TraceEvent::unwatched, fd_);
  forget_runtime();
}
fd_ = -1;
