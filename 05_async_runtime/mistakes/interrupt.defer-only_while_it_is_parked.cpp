// breaks: an operation that waits for its task's turn is interrupted, too
// caught by: 05.Interrupt.ends_an_operation_that_waits_for_its_turn_too
// seen in: the first version here
// symptom: under load a drain is missed by the busiest connection, and lasts until its patience is over
return Op::defer();
