// breaks: an operation that waits for its task's turn is interrupted, too
// caught by: 05.Interrupt.ends_an_operation_that_waits_for_its_turn_too
// seen in: the first version here
// symptom: under load a drain is missed by the busiest connection, and lasts until its patience is over
if (Op::attempt()) return true;
const bool is_over = interrupt_.waiting_.waiter() == this && interrupt_.times_ != times_before_;
if (is_over) this->fail(std::make_error_code(std::errc::interrupted));
return is_over;
