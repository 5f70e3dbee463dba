// breaks: a number stays blocked until the last that listens for it is gone
// caught by: 02.Signals.a_number_stays_blocked_until_the_last_that_listens_for_it_is_gone,
//     02.Signals.one_in_another_thread_keeps_a_number_blocked_and_is_notified
// seen in: the reference itself: the object that had blocked the number unblocked it, and SIGTERM
// ended the
//     process though another Signals was waiting for it
// symptom: a part of a program is restarted, and from then on Ctrl-C ends it at once
const sigset_t* const set = &added_;
sigset_t* const unused = nullptr;
(void)sys::call_status<::pthread_sigmask>(SIG_UNBLOCK, set, unused);
