// Waiting for a time.
//
//   co_await async::sleep_for(100ms);
//   co_await async::sleep_until(deadline);
//
//   async::Interval every_second(1s);
//   while (co_await every_second.next()) report();         // until the task is asked to stop
//
// A sleep's timer is part of the operation, so a million of them allocate nothing of their own, and
// setting and cancelling one costs O(log n) (event_loop/timer_queue.hpp).
#pragma once

#include <algorithm>

#include "async/operation.hpp"
#include "async/runtime.hpp"
#include "event_loop/timer_queue.hpp"
#include "syscall/todo.hpp"

namespace async {

// The time `duration` from now. A sum that does not fit would be a time in the past.
[[nodiscard]] inline Clock::time_point time_after(epoll::AnyDuration duration) noexcept {
  return epoll::saturating_add(Clock::now(), duration);
}

// Ends at the deadline or up to a millisecond after it, never before. A deadline that is over by now
// costs no wait at all.
class [[nodiscard]] SleepOperation final : public Operation<> {
 public:
  explicit SleepOperation(Clock::time_point deadline) noexcept : deadline_(deadline) {}
  // Before it begins.
  SleepOperation(SleepOperation&& other) noexcept
      : Operation(static_cast<Operation&&>(other)), deadline_(other.deadline_) {}

 private:
  // A waiter is in one list at a time, and this one is in none while its alarm is set: the alarm
  // knows it. It is cancelled when the operation is destroyed.
  class Alarm final : public event_loop::Timer {
   public:
    explicit Alarm(SleepOperation& sleep) noexcept : sleep_(sleep) {}

   private:
    void on_timeout() override {
      sleep_.expired_ = true;
      sleep_.wake();
    }
    SleepOperation& sleep_;
  };

  bool attempt() override {
    if (!expired_ && Clock::now() < deadline_) return false;
    result_ = {};
    return true;
  }
  bool park() override {
    // #region 5.4 sleep
    context().runtime().loop().timers().set(alarm_, deadline_);
    return true;
    // #endregion 5.4
  }

  Clock::time_point deadline_;
  bool expired_ = false;
  Alarm alarm_{*this};
};

[[nodiscard]] inline SleepOperation sleep_until(Clock::time_point deadline) noexcept {
  return SleepOperation(deadline);
}
[[nodiscard]] inline SleepOperation sleep_for(epoll::AnyDuration duration) noexcept {
  return SleepOperation(time_after(duration));
}

// Regular moments, the first of them one period from now. Who is late for one does not get it later:
// the next one is still on the beat.
class Interval {
 public:
  // `period` has to be greater than 0.
  explicit Interval(Duration period) noexcept : period_(period), beat_(Clock::now()) {}

  // The moment that `next` was last called for.
  [[nodiscard]] Clock::time_point last() const noexcept { return beat_; }

  // Sleeps until the next moment.
  [[nodiscard]] SleepOperation next() noexcept {
    const auto now = Clock::now();
    beat_ += period_;
    if (beat_ < now) beat_ += (now - beat_) / period_ * period_;
    return SleepOperation(beat_);
  }

 private:
  Duration period_;
  Clock::time_point beat_;
};

}  // namespace async
