// breaks: a close that a signal interrupts is not repeated
// caught by: 02.UniqueFd.close_is_not_repeated_when_a_signal_interrupts_it
// seen in: "while (close(fd) == -1 && errno == EINTR)", as other systems want it. On Linux the
//     number is free at once [close(2), "Dealing with error returns from close()"]
// symptom: in a program with threads, once in months, a connection or file of another thread is
//     shut
while (true) {
  const auto closed = sys::call<::close>(fd);
  if (closed || !sys::interrupted(closed.error())) return;
}
