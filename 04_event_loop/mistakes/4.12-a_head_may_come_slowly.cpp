// breaks: a head has to come to its end in time, however much of it comes
// caught by: 04.PhaseDeadlineTest.a_head_is_not_given_more_time_for_coming_slowly
// seen in: servers that treat a head like a body
// symptom: half requests hold their connections for as long as they go on
const std::uint64_t arrived =
    phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
const bool new_phase = phase != phase_ || answered != answered_;
if (!new_phase && arrived - arrived_ < kProgress) return false;
phase_ = phase;
answered_ = answered;
arrived_ = arrived;
at_ = epoll::saturating_add(now, timeouts_.of(phase));
return true;
