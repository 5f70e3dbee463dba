// breaks: a deadline that was put off in the meantime counts
// caught by: 04.IdleDeadline.counts_from_the_last_answer
// seen in: time-outs of which only the first is remembered
// symptom: busy connections are cut off, a minute after they were made
put_off();
advance(context_.timed_out());
