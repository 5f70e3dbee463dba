// breaks: the n-th call of one function fails, whatever is called in between
// caught by: 01.FailNth.fails_that_call_and_no_other
// seen in: the two conditions in the other order
// symptom: a fault test fails another call on each machine, and some never fail one
  ++seen_;
  if (!only_.empty() && name != only_) return 0;
  return seen_ == n_ ? error_number_ : 0;
