// breaks: a byte now and then is no progress
// caught by: 04.PhaseDeadlineTest.a_byte_of_a_body_is_no_progress_and_four_thousand_are,
//     04.PhaseDeadlineTest.a_byte_that_the_client_reads_is_no_progress_and_four_thousand_are
// seen in: every "reset the timer at each read"; the attack is called slowloris
// symptom: a few hundred clients that send a byte a minute, and no other client gets in
const std::uint64_t arrived =
    phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
const bool new_phase = phase != phase_ || answered != answered_;
const bool lingers = phase == http::Phase::lingering;
const bool paced = phase == http::Phase::body || phase == http::Phase::writing;
const bool progress = (paced || lingers) && arrived != arrived_;
if (!new_phase && !progress) return false;
if (lingers && new_phase) linger_end_ = epoll::saturating_add(now, timeouts_.linger_total);
phase_ = phase;
answered_ = answered;
arrived_ = arrived;
at_ = epoll::saturating_add(now, timeouts_.of(phase));
if (lingers) at_ = std::min(at_, linger_end_);
return true;
