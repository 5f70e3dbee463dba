// breaks: a client that still sends after the last answer is waited for
// caught by: 04.PhaseDeadlineTest.bytes_after_the_last_answer_put_its_end_off
// seen in: this server, whose clients had two seconds from the last answer, however fast they sent
// symptom: uploads over the limit end with "Connection reset by peer" or "Broken pipe" instead of 413;
//     the proxy in front says 502
const std::uint64_t arrived =
    phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
const bool new_phase = phase != phase_ || answered != answered_;
const bool lingers = phase == http::Phase::lingering;
const bool paced = phase == http::Phase::body || phase == http::Phase::writing;
const bool progress = paced && arrived - arrived_ >= kProgress;
if (!new_phase && !progress) return false;
if (lingers && new_phase) linger_end_ = epoll::saturating_add(now, timeouts_.linger_total);
phase_ = phase;
answered_ = answered;
arrived_ = arrived;
at_ = now + timeouts_.of(phase);
if (lingers) at_ = std::min(at_, linger_end_);
return true;
