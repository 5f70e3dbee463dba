// breaks: everything that comes after the last answer is bounded
// caught by: 04.PhaseDeadlineTest.bytes_after_the_last_answer_do_not_put_its_end_off_for_ever
// seen in: servers that start the timer anew at every read
// symptom: a client that was refused sends a byte a second, and keeps its place for days
const std::uint64_t arrived =
    phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
const bool new_phase = phase != phase_ || answered != answered_;
const bool lingers = phase == http::Phase::lingering;
const bool paced = phase == http::Phase::body || phase == http::Phase::writing;
const std::uint64_t least = lingers ? 1 : kProgress;
const bool progress = (paced || lingers) && arrived - arrived_ >= least;
if (!new_phase && !progress) return false;
phase_ = phase;
answered_ = answered;
arrived_ = arrived;
at_ = now + timeouts_.of(phase);
return true;
