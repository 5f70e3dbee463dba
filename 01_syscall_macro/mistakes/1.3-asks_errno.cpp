// breaks: a function that returns its error number leaves errno alone
// caught by: 01.CallStatus.a_returned_error_number_is_the_error
// seen in: everybody who expects posix_spawn to do as fork does
// symptom: a program that does not exist is reported as 'Invalid cross-device link', or as
//   nothing at all
    return value == 0 ? 0 : errno;
