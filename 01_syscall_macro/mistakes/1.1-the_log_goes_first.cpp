// breaks: errno is read before anything else can change it
// caught by: 01.Call.an_error_is_taken_before_the_observer_can_change_errno
// seen in: programs that print 'read failed' first and ask why afterwards
// symptom: the log names an error that never happened, and the search begins in the wrong
//   place
    if (value != -1) return 0;
    if (detail::observer != nullptr) detail::observer->after(name_of<Function>(), EIO);
    return errno;
