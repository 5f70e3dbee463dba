// breaks: a read that came up short is not followed by one that would block
// caught by: 05.Readiness.after_a_short_read_there_is_nothing_to_try,
//     05.Cost.a_read_that_comes_up_short_is_not_followed_by_one_that_would_block
// seen in: loops that drain until EAGAIN, as every text says, and do not know why
// symptom: three calls for a message where two are enough
if (end_announced_) clear_readiness(direction);
