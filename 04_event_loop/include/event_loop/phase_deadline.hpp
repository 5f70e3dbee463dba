// The deadline by which a connection has to make progress.
//
// An HTTP connection is always in one of a few phases (http::Phase, drawn in http/session.hpp), and
// each phase has a time limit of its own. What counts as progress is a step: another phase, another
// request, or, while a body or an answer is transferred, enough bytes of it. A client that sends
// one byte per minute makes no step, however long it continues. After the last answer any byte is a
// step, because all of that phase is bounded by linger_total.
#pragma once

#include <chrono>
#include <cstdint>

#include "event_loop/timer_queue.hpp"
#include "http/session.hpp"

namespace event_loop {

// #region http-timeouts
// How long a connection may stay in each phase. A zero makes no sense and is not treated specially.
struct HttpTimeouts {
  std::chrono::milliseconds head_timeout{10'000};   // from the first byte of a head to its end
  std::chrono::milliseconds body_timeout{30'000};   // for each further kProgress bytes of a body
  std::chrono::milliseconds write_timeout{30'000};  // ... and of an answer that the client reads
  std::chrono::milliseconds idle_timeout{60'000};   // between two requests, and before the first
  // After the last answer, while the server reads and drops what a client still sends
  // [RFC 9112 9.6]: how long the client may be silent before the connection is closed, and how long
  // all of it may take.
  std::chrono::milliseconds linger_timeout{5'000};
  std::chrono::milliseconds linger_total{30'000};
  // After the notice of a drain, when no more clients are accepted: how long the last clients have
  // to begin a request. A proxy that has just connected is about to send one.
  std::chrono::milliseconds last_clients_timeout{500};

  [[nodiscard]] std::chrono::milliseconds of(http::Phase phase) const noexcept;
};
// #endregion http-timeouts

class PhaseDeadline {
 public:
  // The number of bytes of a body or an answer that counts as progress: one byte per minute does
  // not.
  static constexpr std::uint64_t kProgress = 4096;

  // For a connection that is idle from `now` on. `timeouts` is not owned, and must outlive this
  // object.
  PhaseDeadline(const HttpTimeouts& timeouts, Clock::time_point now) noexcept
      : timeouts_(timeouts), at_(epoll::saturating_add(now, timeouts.idle_timeout)) {}

  // Postpones the deadline if the connection, an http::Session or http::RequestContext, has made a
  // step since the deadline was last postponed. `fd` is its socket. True if the deadline was
  // postponed.
  template <class Connection>
  bool update(const Connection& connection, int fd, Clock::time_point now) {
    return update(connection.phase(), connection.requests_answered(), connection.bytes_moved(), fd,
                  now);
  }
  bool update(http::Phase phase, std::uint64_t answered, std::uint64_t moved, int fd,
              Clock::time_point now);

  [[nodiscard]] Clock::time_point at() const noexcept { return at_; }

 private:
  const HttpTimeouts& timeouts_;
  http::Phase phase_ = http::Phase::idle;  // its phase when the deadline was last postponed
  std::uint64_t answered_ = 0;
  std::uint64_t arrived_ = 0;
  Clock::time_point linger_end_{};  // once it lingers: when that ends, whatever arrives
  Clock::time_point at_;
};

}  // namespace event_loop
