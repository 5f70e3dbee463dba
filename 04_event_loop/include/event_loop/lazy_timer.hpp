// A timer whose deadline moves often, and mostly to a later time.
//
//   class Connection : public LazyTimer { void on_expiry() override { close(); } ... };
//   connection.expire_at(queue, Clock::now() + 10s);       // with each step that the client takes
//
// A timeout that is put off with each message costs two changes of the heap a message if it is cancelled
// and set anew, and hardly ever fires. Here a later deadline is only noted down. When the old one is
// over, the timer takes its new place in the heap: that is once in 10 s, however many messages came.
#pragma once

#include "event_loop/timer_queue.hpp"

namespace event_loop {

class LazyTimer : private Timer {
 public:
  // Expires at the first `fire` of `queue` whose time is not before `deadline`. Throws std::bad_alloc, as
  // TimerQueue::set does, unless it is waiting there already.
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
  // The deadline is over. It may be set again, or destroyed, from in here.
  virtual void on_expiry() = 0;

  void on_timeout() override {
    // #region lazy_timer.on_timeout
    if (due_ <= Timer::deadline()) return on_expiry();
    if (due_ != Clock::time_point::max())
      home_->set(*this, due_);  // there is room: it has just left
    // #endregion lazy_timer.on_timeout
  }

  Clock::time_point due_ = Clock::time_point::max();
  TimerQueue* home_ = nullptr;
};

}  // namespace event_loop
