// breaks: another request in the same phase is a step
// caught by: 04.PhaseDeadlineTest.another_request_in_the_same_phase_is_a_step
// seen in: deadlines that are renewed when the state changes, and from idle to idle it does not
// symptom: a client that asks often is cut off, one that asks seldom is not
const std::uint64_t arrived =
    phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
const bool new_phase = phase != phase_;
const bool lingers = phase == http::Phase::lingering;
const bool paced = phase == http::Phase::body || phase == http::Phase::writing;
const std::uint64_t least = lingers ? 1 : kProgress;
const bool progress = (paced || lingers) && arrived - arrived_ >= least;
if (!new_phase && !progress) return false;
if (lingers && new_phase) linger_end_ = epoll::saturating_add(now, timeouts_.linger_total);
phase_ = phase;
answered_ = answered;
arrived_ = arrived;
at_ = epoll::saturating_add(now, timeouts_.of(phase));
if (lingers) at_ = std::min(at_, linger_end_);
return true;
