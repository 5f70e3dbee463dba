// breaks: every Signals of the process that asked for a number gets it
// caught by: 02.Signals.all_that_listen_for_a_number_are_notified,
//     02.Signals.one_in_another_thread_keeps_a_number_blocked_and_is_notified
// seen in: the reference itself, until two parts of a program listened for SIGTERM
// symptom: Ctrl-C ends the logger or the server, never both
signalfd_siginfo info{};
void* const into = &info;
const auto got = sys::call_uninterrupted<::read>(signalfd_.get(), into, sizeof info);
if (!got) return sys::failure(got.error());
return static_cast<int>(info.ssi_signo);
