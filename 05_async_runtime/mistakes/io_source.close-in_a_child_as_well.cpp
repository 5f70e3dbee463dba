// breaks: what a forked child closes stays registered in its parent
// caught by: 05.Fork.a_socket_that_a_copy_closes_stays_registered_in_the_parent
// seen in: servers that fork a child to write a snapshot: the epoll instance is shared, not copied
// symptom: after a fork, the parent hears of no client any more
if (is_closed()) return;
if (runtime_ != nullptr) {
  runtime_->loop().remove(token_);
  runtime_->trace(TraceEvent::unwatched, fd_);
  forget_runtime();
}
fd_ = -1;
for (WaiterSlot& slot : waiting_) slot.evict();
