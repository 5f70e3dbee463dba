// breaks: -1 is the error, and other negative values are results
// caught by: 01.Call.minus_one_becomes_the_errno_of_the_call,
//   01.Call.negative_values_other_than_minus_one_pass_through,
//   01.Call.a_negative_answer_of_the_kernel_is_no_error
// seen in: code that follows what the kernel itself answers: -errno, which the C
//   library turns into -1
// symptom: every error is 'Operation not permitted', and fcntl(F_GETOWN) fails though it has
//   an answer
    return value < 0 ? static_cast<int>(-value) : 0;
