// breaks: -1 is the error, and other negative values are results
// caught by: 01.Call.negative_values_other_than_minus_one_pass_through,
//   01.Call.a_negative_answer_of_the_kernel_is_no_error
// seen in: everybody who has once read 'returns a negative value on error'
// symptom: fcntl(F_GETOWN) fails with the errno of some call long ago
    return value < 0 ? errno : 0;
