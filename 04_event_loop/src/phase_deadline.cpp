#include "event_loop/phase_deadline.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace event_loop {
namespace {

// Bytes that we have written and that the client's system has not acknowledged [tcp(7), SIOCOUTQ].
// The kernel takes megabytes at once, and tells of room when a third of that has gone: by the bytes
// that it has taken, a client that reads slowly looks like one that does not read.
std::uint64_t waiting_in_kernel(int fd) {
  int waiting = 0;
  const unsigned long request = SIOCOUTQ;
  (void)sys::call<::ioctl>(fd, request, &waiting);
  return static_cast<std::uint64_t>(waiting);
}

}  // namespace

std::chrono::milliseconds HttpTimeouts::of(http::Phase phase) const noexcept {
  switch (phase) {
    case http::Phase::head:
      return head_timeout;
    case http::Phase::body:
      return body_timeout;
    case http::Phase::answering:
    case http::Phase::writing:
      return write_timeout;
    case http::Phase::lingering:
      return linger_timeout;
    case http::Phase::idle:
    case http::Phase::closed:
      break;
  }
  return idle_timeout;
}

bool PhaseDeadline::update(http::Phase phase, std::uint64_t answered, std::uint64_t moved, int fd,
                           Clock::time_point now) {
  // #region 4.12 update @phase_deadline_test @http_server_deadlines_test
  const std::uint64_t arrived =
      phase == http::Phase::writing ? moved - waiting_in_kernel(fd) : moved;
  const bool new_phase = phase != phase_ || answered != answered_;
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
  // #endregion 4.12
}

}  // namespace event_loop
