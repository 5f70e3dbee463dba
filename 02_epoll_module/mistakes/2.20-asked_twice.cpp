// breaks: the exit status is returned as often as it is asked for
// caught by: 02.Child.the_exit_code_is_returned_as_often_as_it_is_asked_for
// seen in: programs that wait in two places: the kernel returns a status once
// symptom: "No child processes" where the exit code should be
siginfo_t info{};
const auto id = static_cast<id_t>(fd_.get());
if (auto done = sys::call_uninterrupted<::waitid>(P_PIDFD, id, &info, WEXITED | flags); !done)
  return sys::failure(done.error());
if (info.si_pid == 0) return sys::failure(std::errc::operation_would_block);
status_ = info.si_code == CLD_EXITED ? ExitStatus::exited(info.si_status)
                                     : ExitStatus::killed(info.si_status);
return *status_;
