// breaks: a long chain of awaits that is given up takes no more stack than a short one
// caught by: 05.Task.a_chain_of_two_hundred_thousand_that_waits_can_be_destroyed
// seen in: the reference itself, and every task type whose frames own each other
// symptom: a recursive walk over a large tree works, and crashes when it is cancelled
(void)caller_;
