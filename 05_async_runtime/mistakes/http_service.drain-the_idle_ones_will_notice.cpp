// breaks: a drain closes the connections that are idle
// caught by: 05.HttpService.a_drain_answers_what_has_begun_and_closes_what_is_idle
// seen in: drains that set a flag, which a connection looks at after its next request
// symptom: every restart takes as long as its limit allows
draining_ = true;
drained_.trigger();
Scheduler::here().timers().set(drain_step_, time_after(drain_limit_));
