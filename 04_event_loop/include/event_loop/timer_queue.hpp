// Deadlines, in the order in which they are due.
//
//   class Connection : public Timer { void on_timeout() override { close(); } ... };
//   queue.set(connection, Clock::now() + 10s);      // again: moves it
//   queue.cancel(connection);                       // or destroy the connection
//
// A timer is part of the object that waits, so setting a timer needs no allocation for it, and
// destroying the object cancels its timer: no timer can fire for an object that is gone.
//
// The queue is a binary heap of pointers, and each timer knows its place in it. Setting, moving and
// cancelling cost O(log n), finding the next one O(1).
//
//   place     0         1         2         3         4
//          +---------+---------+---------+---------+---------+
//   due at | 12:00:03| 12:00:07| 12:00:04| 12:00:30| 12:00:08|
//          +---------+---------+---------+---------+---------+
//
//   The children of place p are at 2p+1 and 2p+2, and no parent is due later than its children:
//   3 and 4 below 1, 1 and 2 below 0.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "epoll/deadline.hpp"

namespace event_loop {

// Monotonic: setting the wall clock moves no deadline.
using Clock = epoll::Clock;

class TimerQueue;

class Timer {
 public:
  Timer() = default;
  virtual ~Timer();  // cancels itself
  // The queue holds its address.
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  [[nodiscard]] bool is_set() const noexcept { return queue_ != nullptr; }
  [[nodiscard]] Clock::time_point deadline() const noexcept { return deadline_; }  // while set

 private:
  friend class TimerQueue;
  // Called once the deadline has passed. The timer is then no longer set, and this function may set
  // it again or destroy it.
  virtual void on_timeout() = 0;

  TimerQueue* queue_ = nullptr;  // the queue it is set in; null while it is not
  std::size_t place_ = 0;        // its index in the heap
  std::uint64_t order_ = 0;      // decides between equal deadlines: first set, first fired
  Clock::time_point deadline_{};
};

// A timer that calls a function, for owners without a class of their own.
class CallbackTimer : public Timer {
 public:
  explicit CallbackTimer(std::move_only_function<void()> callback)
      : callback_(std::move(callback)) {}

 private:
  void on_timeout() override { callback_(); }
  std::move_only_function<void()> callback_;
};

class TimerQueue {
 public:
  TimerQueue() = default;
  ~TimerQueue();  // timers that are still set are cancelled, not fired
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Fires `timer` (not owned) at the first `fire` whose time is not before `deadline`. A timer that
  // is set already, here or in another queue, is moved. A deadline before the last `fire`, which may
  // be running, becomes the time of that `fire`: a timer that is set into the past must not overtake
  // those that wait. Of timers that are due at the same time, the one whose `set` was the last fires
  // last, also if that `set` only moved it. When no memory is left, this throws, and the timer is
  // set nowhere.
  void set(Timer& timer, Clock::time_point deadline);

  // Does nothing if the timer is not set in this queue.
  void cancel(Timer& timer) noexcept;

  // When the next timer is due; nullopt if none is set.
  [[nodiscard]] std::optional<Clock::time_point> next() const noexcept;

  // Calls on_timeout of every timer that is due at `now`, earliest first, and returns how many
  // there were. A timer that is set by one of them waits for the next call, even if it is due: a
  // timer that sets itself again "at once" cannot block the loop.
  std::size_t fire(Clock::time_point now);

  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  // How often a timer has been written to a place in the heap so far. For tests: a call may cost
  // one write for each level of the heap, but not one for each timer.
  [[nodiscard]] std::uint64_t slots_written() const noexcept { return slots_written_; }

 private:
  [[nodiscard]] static bool earlier(const Timer& a, const Timer& b) noexcept {
    return a.deadline_ != b.deadline_ ? a.deadline_ < b.deadline_ : a.order_ < b.order_;
  }
  void put(std::size_t place, Timer* timer) noexcept;
  void move_up(std::size_t place) noexcept;
  void move_down(std::size_t place) noexcept;

  std::vector<Timer*> heap_;
  std::uint64_t next_order_ = 0;
  Clock::time_point last_fire_ = Clock::time_point::min();
  std::uint64_t slots_written_ = 0;
};

}  // namespace event_loop
