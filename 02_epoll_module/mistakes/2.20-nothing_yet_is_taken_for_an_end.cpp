// breaks: a child that still runs has no exit status
// caught by: 02.Child.it_becomes_readable_when_it_ends_and_not_before
// seen in: programs that take the success of waitid with WNOHANG for the end of the child
// symptom: a child counts as ended, by signal 0, right after its start
if (status_) return *status_;
siginfo_t info{};
const auto id = static_cast<id_t>(fd_.get());
if (auto done = sys::call_uninterrupted<::waitid>(P_PIDFD, id, &info, WEXITED | flags); !done)
  return sys::failure(done.error());
status_ = info.si_code == CLD_EXITED ? ExitStatus::exited(info.si_status)
                                     : ExitStatus::killed(info.si_status);
return *status_;
