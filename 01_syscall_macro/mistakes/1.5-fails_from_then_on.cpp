// breaks: exactly one call fails
// caught by: 01.FailNth.fails_that_call_and_no_other
// seen in: fault injection that never ends: the way back is never tested
// symptom: a server that tries again is said to hang
  if (!only_.empty() && name != only_) return 0;
  return ++seen_ >= n_ ? error_number_ : 0;
