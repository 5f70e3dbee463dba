// breaks: a signal does not end a wait
// caught by: 02.Poll.a_wait_without_limit_continues_after_a_signal,
//     02.PrintServer.a_signal_does_not_end_it,
//     04.ServerProgram.keeps_serving_after_it_was_stopped_and_continued,
//     05.Faults.a_wait_that_a_signal_interrupts_continues
// seen in: the HTTP server and the printing server of the originals: both end; and their runtime,
//     which lives on without the thread that waits, and answers no client
// symptom: Ctrl-Z and fg, or a debugger that attaches, and the server has gone: "Interrupted
//     system call"
events.size_ = 0;
const auto begin = timeout ? Clock::now() : Clock::time_point();
auto left = timeout;
while (true) {
  const auto count =
      sys::call<::epoll_wait>(fd_.get(), events.buffer_.data(),
                              static_cast<int>(events.buffer_.size()), to_milliseconds(left));
  if (!count) return sys::failure(count.error());
  events.size_ = static_cast<std::size_t>(*count);
  if (!events.empty()) return {};
  if (!timeout) continue;
  left = *timeout - (Clock::now() - begin);
  if (*left <= nanoseconds(0)) return {};
}
