// Waiting for a point in time.
//
//   co_await async::sleep_for(100ms);
//   co_await async::sleep_until(deadline);
//
//   async::Interval every_second(1s);
//   while (co_await every_second.next()) report();         // until the task is asked to stop
//
// An Interval may be combined with other awaitables: a beat that lost the race is not lost.
//   auto first = co_await async::select(every_second.next(), receiver.receive());
//
// A sleep's timer is part of the operation, so a million sleeps allocate nothing for their timers.
// Setting or cancelling one costs O(log n) (event_loop/timer_queue.hpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "async/core/operation.hpp"
#include "async/core/scheduler.hpp"
#include "epoll/deadline.hpp"
#include "event_loop/timer_queue.hpp"
#include "syscall/todo.hpp"

namespace async {

// The point in time that is `duration` from now.
[[nodiscard]] inline Clock::time_point time_after(epoll::AnyDuration duration) noexcept {
  return epoll::saturating_add(Clock::now(), duration);
}

// Wakes an operation at a given time. The alarm uses no list of the scheduler, so the operation may
// be in one meanwhile; the alarm is cancelled when it is destroyed with the operation.
class Alarm final : public event_loop::Timer {
 public:
  Alarm() noexcept = default;
  Alarm(Alarm&&) noexcept {}  // before it is set
  void set(event_loop::TimerQueue& timers, Clock::time_point time, Waiter& operation) {
    operation_ = &operation;
    timers.set(*this, time);
  }
  [[nodiscard]] bool has_rung() const noexcept { return has_rung_; }

 private:
  void on_timeout() override {
    has_rung_ = true;
    operation_->wake();
  }
  Waiter* operation_ = nullptr;
  bool has_rung_ = false;
};

// Ends at the deadline or up to a millisecond after it, never before. If the deadline has already
// passed, there is no wait.
class [[nodiscard]] SleepOperation : public Operation<> {
 public:
  explicit SleepOperation(Clock::time_point deadline) noexcept : deadline_(deadline) {}

 protected:
  bool attempt() override {
    if (alarm_.has_rung() || deadline_ <= Clock::now()) result_ = {};
    return result_.has_value();
  }
  bool park() override {
    // #region 5.4 sleep
    alarm_.set(context().scheduler().timers(), deadline_, *this);
    return true;
    // #endregion 5.4
  }

 private:
  Clock::time_point deadline_;
  Alarm alarm_;
};

[[nodiscard]] inline SleepOperation sleep_until(Clock::time_point deadline) noexcept {
  return SleepOperation(deadline);
}
[[nodiscard]] inline SleepOperation sleep_for(epoll::AnyDuration duration) noexcept {
  return SleepOperation(time_after(duration));
}

// What happens to beats that are overdue when `next` asks for them.
enum class LateBeats : std::uint8_t {
  skip,   // they are left out; the next one is on schedule again
  burst,  // they are delivered one after the other, without a wait
  delay,  // the next one is a whole period after the late one: the schedule shifts
};

// Periodic beats, the first of them one period from now. A beat is consumed only when `next` ends
// with it: a `next` that was cancelled, or lost a race, has consumed none, and the following `next`
// waits for the same beat.
class Interval {
 public:
  // Throws std::invalid_argument unless `period` is greater than 0.
  explicit Interval(epoll::AnyDuration period, LateBeats late = LateBeats::skip)
      : period_(period),
        late_(late),
        last_(Clock::now()),
        due_(epoll::saturating_add(last_, period)) {
    if (period_ <= Duration(0)) throw std::invalid_argument("an Interval of zero or less");
  }

  // The beat with which `next` last ended; before the first one, the time when the Interval was
  // made.
  [[nodiscard]] Clock::time_point last() const noexcept { return last_; }

  class [[nodiscard]] Beat : public SleepOperation {
   public:
    explicit Beat(Interval& interval) noexcept
        : SleepOperation(interval.due_), interval_(interval) {}

   protected:
    bool attempt() override {
      if (!SleepOperation::attempt()) return false;
      interval_.take_beat();
      return true;
    }

   private:
    Interval& interval_;
  };

  // Result<>: the next beat has come. The Interval has to outlive the wait. For one task at a time.
  [[nodiscard]] Beat next() noexcept { return Beat(*this); }

 private:
  void take_beat() noexcept {
    // #region sleep.take_beat
    const auto now = Clock::now();
    last_ = due_;
    if (late_ == LateBeats::skip && last_ < now) last_ += (now - last_) / period_ * period_;
    if (late_ == LateBeats::delay) last_ = std::max(last_, now);
    due_ = epoll::saturating_add(last_, period_);
    // #endregion sleep.take_beat
  }

  Duration period_;
  LateBeats late_;
  Clock::time_point last_;
  Clock::time_point due_;
};

}  // namespace async
