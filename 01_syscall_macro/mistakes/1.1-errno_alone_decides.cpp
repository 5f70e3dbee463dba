// breaks: a call that went well leaves errno as it was, and it may be old
// caught by: 01.Call.an_old_errno_makes_no_error_of_a_call_that_went_well
// seen in: code that asks errno instead of the return value
// symptom: after the first error of a thread, everything fails with the same one
    static_cast<void>(value);
    return errno;
