// breaks: a signal handler that wakes leaves errno as it was
// caught by: 02.Waker.leaves_errno_alone
// seen in: signal handlers of the "self-pipe" kind
// symptom: once in a million calls an error is reported as another one, mostly EAGAIN
const std::uint64_t one = 1;
const void* const bytes = &one;
(void)sys::call_uninterrupted<::write>(fd_.get(), bytes, sizeof one);
