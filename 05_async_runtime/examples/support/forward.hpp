// Forwards bytes between two connections, in both directions: the part of tcp_proxy that its clients use.
#pragma once

#include <span>
#include <system_error>
#include <utility>

#include "async/async.hpp"
#include "epoll/deadline.hpp"

namespace examples {

// The time by which something has to move, in one direction or the other.
class IdleLimit {
 public:
  explicit IdleLimit(async::Duration limit) : limit_(limit) { moved(); }
  void moved() { deadline_ = epoll::saturating_add(async::Clock::now(), limit_); }
  [[nodiscard]] async::Clock::time_point deadline() const { return deadline_; }
  [[nodiscard]] bool is_over() const { return deadline_ <= async::Clock::now(); }

 private:
  async::Duration limit_;
  async::Clock::time_point deadline_;
};

inline async::Task<sys::Result<>> copy(async::TcpStream& from, async::TcpStream& to,
                                       IdleLimit& idle) {
  async::Deadline deadline;
  const auto at = [&idle] { return idle.deadline(); };
  async::Lease lease;
  std::span<const std::byte> rest;  // the part of the lease that is not yet written
  while (true) {
    std::error_code error;
    if (rest.empty()) {
      lease = {};  // no buffer while nothing arrives
      auto read = co_await deadline.limit(from.read_lease(), at);
      error = sys::error_of(read);
      lease = std::move(read).value_or(async::Lease());
      if (!error && lease.empty()) break;
      rest = lease.bytes();
    } else {
      const auto written = co_await deadline.limit(to.write(rest), at);
      error = sys::error_of(written);
      rest = rest.subspan(written.value_or(0));
    }
    // A deadline that has expired may have been moved: the other direction extends it, too.
    const bool goes_on = error == std::errc::timed_out && !idle.is_over();
    if (error && !goes_on) co_return sys::failure(error);
    if (!error) idle.moved();
  }
  // If that fails, `to` is broken, and the other direction will find out.
  (void)to.shutdown(epoll::Shutdown::write);
  co_return {};
}

// Success when both sides have ended. If one fails, or no byte moves for the idle limit, both are
// aborted.
inline async::Task<sys::Result<>> forward(async::TcpStream& client, async::TcpStream& server,
                                          async::Duration idle_limit) {
  IdleLimit idle(idle_limit);
  auto both = [&](async::TaskGroup& directions) -> async::Task<> {
    directions.spawn(copy(client, server, idle));
    directions.spawn(copy(server, client, idle));
    co_return;
  };
  const auto done = co_await async::with_group(both);  // if one fails, the other is cancelled
  if (!done) {
    client.abort();
    server.abort();
  }
  co_return done;
}

}  // namespace examples
