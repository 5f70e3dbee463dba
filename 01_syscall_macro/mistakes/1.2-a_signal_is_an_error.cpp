// breaks: a call that a signal has interrupted is made again
// caught by: 01.CallUninterrupted.repeats_until_no_signal_interrupts,
//   01.CallUninterrupted.reads_on_through_real_signals
// seen in: the original epoll server: Ctrl-Z and fg end it with 'Interrupted system call'
// symptom: works for years, until a debugger is attached or a terminal is resized
  return call<Function>(args...);
