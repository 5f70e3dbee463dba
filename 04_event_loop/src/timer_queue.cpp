#include "event_loop/timer_queue.hpp"

#include <algorithm>

#include "syscall/todo.hpp"

namespace event_loop {

Timer::~Timer() {
  if (queue_ != nullptr) queue_->cancel(*this);
}

TimerQueue::~TimerQueue() {
  for (Timer* timer : heap_) timer->queue_ = nullptr;
}

void TimerQueue::set(Timer& timer, Clock::time_point deadline) {
  if (timer.queue_ != nullptr) timer.queue_->cancel(timer);
  heap_.push_back(&timer);  // may throw; the timer is then set nowhere
  timer.queue_ = this;
  timer.deadline_ = std::max(deadline, last_fire_);
  timer.order_ = next_order_++;
  timer.place_ = heap_.size() - 1;
  move_up(timer.place_);
}

void TimerQueue::cancel(Timer& timer) noexcept {
  // #region 4.2 cancel
  if (timer.queue_ != this) return;
  timer.queue_ = nullptr;
  Timer* const last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  // The last one takes the free place. It may belong above that place or below it.
  put(timer.place_, last);
  move_up(last->place_);
  move_down(last->place_);
  // #endregion 4.2
}

std::optional<Clock::time_point> TimerQueue::next() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->deadline_;
}

std::size_t TimerQueue::fire(Clock::time_point now) {
  // #region 4.3 fire
  last_fire_ = now;  // timers that are set from here on fire after those that are due
  const std::uint64_t set_before = next_order_;
  std::size_t fired = 0;
  while (!heap_.empty()) {
    Timer& first = *heap_.front();
    if (first.deadline_ > now || first.order_ >= set_before) break;
    cancel(first);  // before the call: it may set itself again, or be gone after it
    first.on_timeout();
    ++fired;
  }
  return fired;
  // #endregion 4.3
}

void TimerQueue::put(std::size_t place, Timer* timer) noexcept {
  heap_[place] = timer;
  timer->place_ = place;
  ++slots_written_;
}

void TimerQueue::move_up(std::size_t place) noexcept {
  // #region 4.1 move_up
  Timer* const timer = heap_[place];
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (!earlier(*timer, *heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, timer);
  // #endregion 4.1
}

// #region move-down
void TimerQueue::move_down(std::size_t place) noexcept {
  Timer* const timer = heap_[place];
  while (true) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && earlier(*heap_[child + 1], *heap_[child])) ++child;
    if (!earlier(*heap_[child], *timer)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, timer);
}
// #endregion move-down

}  // namespace event_loop
