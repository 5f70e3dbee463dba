// breaks: no connection is without a deadline
// caught by: 04.IdleDeadline.counts_from_the_last_answer
// seen in: timers that are put off by not firing, once
// symptom: unused connections pile up, for days
put_off();
if (server_.loop_.now() < deadline_.at()) return;
advance(context_.timed_out());
