// breaks: a head has to come to its end in time, however much of it comes
// caught by: 04.PhaseDeadlineTest.a_head_is_not_given_more_time_for_coming_slowly
// seen in: servers that treat a head like a body
// symptom: half requests hold their connections for as long as they send a byte now and then
const std::uint64_t arrived =
    phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
const bool new_phase = phase != phase_ || answered != answered_;
const bool lingers = phase == http::Phase::lingering;
const std::uint64_t least = lingers ? 1 : kProgress;
const bool progress = arrived - arrived_ >= least;
if (!new_phase && !progress) return false;
if (lingers && new_phase) linger_end_ = epoll::saturating_add(now, timeouts_.linger_total);
phase_ = phase;
answered_ = answered;
arrived_ = arrived;
at_ = epoll::saturating_add(now, timeouts_.of(phase));
if (lingers) at_ = std::min(at_, linger_end_);
return true;
