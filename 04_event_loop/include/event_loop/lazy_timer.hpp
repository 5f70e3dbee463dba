// A timer whose deadline is changed often, and mostly postponed.
//
//   class Connection : public LazyTimer { void on_expiry() override { close(); } ... };
//   connection.expire_at(queue, Clock::now() + 10s);       // with each step that the client takes
//
// A timeout that is postponed with each message costs two changes of the heap per message if it is
// cancelled and set again, and hardly ever expires. Here a later deadline is only stored. When the
// old deadline passes, the timer moves to its new place in the heap: once in 10 s, however many
// messages came.
#pragma once

#include "event_loop/timer_queue.hpp"

namespace event_loop {

class LazyTimer : private Timer {
 public:
  // Expires at the first `fire` of `queue` whose time is not before `deadline`. Throws
  // std::bad_alloc, as TimerQueue::set does, unless the timer is set in that queue already.
  void expire_at(TimerQueue& queue, Clock::time_point deadline) {
    due_ = deadline;
    home_ = &queue;
    if (!is_set() || deadline < Timer::deadline()) queue.set(*this, deadline);
  }
  // When it expires; time_point::max() if it is disarmed, or was never set.
  [[nodiscard]] Clock::time_point due() const noexcept { return due_; }
  // Does not expire before `expire_at` is called again.
  void disarm() noexcept { due_ = Clock::time_point::max(); }

 private:
  // Called when the deadline has passed. The timer may be set again, or destroyed, from in here.
  virtual void on_expiry() = 0;

  void on_timeout() override {
    // #region lazy_timer.on_timeout
    if (due_ <= Timer::deadline()) return on_expiry();
    if (due_ != Clock::time_point::max())
      home_->set(*this, due_);  // has room: it has just left the heap
    // #endregion lazy_timer.on_timeout
  }

  Clock::time_point due_ = Clock::time_point::max();
  TimerQueue* home_ = nullptr;
};

}  // namespace event_loop
