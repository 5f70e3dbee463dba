// Arithmetic with deadlines that cannot overflow.
//
// `duration::max()` is the way to say "no limit" in std::chrono. Added to a clock's time it
// overflows, and converted from milliseconds to nanoseconds it overflows even before it is added:
// both are undefined behaviour, and in practice "no limit" turns into "now". Here a result that
// does not fit is replaced by the nearest one that does: the end of time for a deadline, 292 years
// for a duration.
#pragma once

#include <chrono>
#include <ratio>
#include <type_traits>

namespace epoll {

using Clock = std::chrono::steady_clock;  // setting the time of day moves no deadline
static_assert(std::is_same_v<Clock::duration, std::chrono::nanoseconds>);

// A parameter type for a length of time: converts from every std::chrono::duration, and holds
// nanoseconds.
class AnyDuration {
 public:
  template <class Rep, class Period>
  constexpr AnyDuration(std::chrono::duration<Rep, Period> duration) noexcept {  // NOLINT: implicit
    using std::chrono::nanoseconds;
    // In floating point nothing overflows, and a mantissa of 64 bits holds every nanosecond
    // exactly.
    const std::chrono::duration<long double, std::nano> wide(duration);
    if (wide >= nanoseconds::max()) {
      value_ = nanoseconds::max();
    } else if (wide <= nanoseconds::min()) {
      value_ = nanoseconds::min();
    } else {
      value_ = std::chrono::duration_cast<nanoseconds>(wide);
    }
  }
  constexpr operator std::chrono::nanoseconds() const noexcept {
    return value_;
  }  // NOLINT: implicit

 private:
  std::chrono::nanoseconds value_;
};

// `duration` after `from`; before it, if `duration` is negative.
[[nodiscard]] constexpr Clock::time_point saturating_add(Clock::time_point from,
                                                         AnyDuration duration) noexcept {
  const std::chrono::nanoseconds length = duration;
  Clock::rep sum = 0;
  if (__builtin_add_overflow(from.time_since_epoch().count(), length.count(), &sum))
    return length > length.zero() ? Clock::time_point::max() : Clock::time_point::min();
  return Clock::time_point(Clock::duration(sum));
}

// The time from `now` until `deadline`; 0 if the deadline has passed.
[[nodiscard]] constexpr std::chrono::nanoseconds time_left(Clock::time_point deadline,
                                                           Clock::time_point now) noexcept {
  if (deadline <= now) return std::chrono::nanoseconds(0);
  Clock::rep left = 0;
  if (__builtin_sub_overflow(deadline.time_since_epoch().count(), now.time_since_epoch().count(),
                             &left))
    return std::chrono::nanoseconds::max();
  return std::chrono::nanoseconds(left);
}

}  // namespace epoll
