// breaks: another request in the same phase is a step
// caught by: 04.PhaseDeadlineTest.another_request_in_the_same_phase_is_a_step
// seen in: deadlines that are renewed when the state changes, and from idle to idle it does not
// symptom: a client that asks often is cut off, one that asks seldom is not
const std::uint64_t arrived =
    phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
const bool paced = phase == http::Phase::body || phase == http::Phase::writing;
const bool progress = paced && arrived - arrived_ >= kProgress;
if (phase == phase_ && !progress) return false;
phase_ = phase;
answered_ = answered;
arrived_ = arrived;
at_ = epoll::saturating_add(now, timeouts_.of(phase));
return true;
