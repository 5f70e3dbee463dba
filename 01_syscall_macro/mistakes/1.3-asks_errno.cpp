// breaks: a function that returns its error number leaves errno alone
// caught by: 01.CallStatus.zero_is_success_whatever_errno_holds
// seen in: code that expects posix_spawn to do as fork does
// symptom: a wrong argument is reported as 'Invalid cross-device link', or as nothing at all
    return value == 0 ? 0 : errno;
