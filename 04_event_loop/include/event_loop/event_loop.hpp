// One thread that waits for many events and does a little work for each.
//
//        +--------------------------- one turn ----------------------------+
//        |                                                                 |
//   wait for events -> call the sources -> fire timers -> run what was posted and deferred
//        ^     (until the next timer is due, or not at all if something is deferred)    |
//        +------------------------------------------------------------------------------+
//
// Everything runs in the thread that calls `run`, one callback after the other, so no callback
// needs a lock, and none may block or compute for long, because all others would wait meanwhile.
//
// What may happen inside a callback: anything. It may add and remove sources, including its own,
// set and cancel timers, and stop the loop. If a source is removed while an event for it is still
// in the same batch, that event is dropped, because its token is out of date; reuse of the
// descriptor number does no harm. An exception that leaves a callback is a programming error: it
// leaves through `run`, and those events of this turn that were not dispatched yet are dropped.
// Timers that were due, and functions that were posted or deferred, run when the loop runs again,
// which then does not wait; only the callback that threw is not repeated.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "epoll/deadline.hpp"
#include "epoll/poll.hpp"
#include "epoll/slab.hpp"
#include "epoll/waker.hpp"
#include "event_loop/callback.hpp"
#include "event_loop/timer_queue.hpp"
#include "syscall/result.hpp"

namespace event_loop {

// The object that handles the events of a descriptor.
class Source {
 public:
  virtual ~Source() = default;
  virtual void on_event(const epoll::Event& event) = 0;
};

class EventLoop {
 public:
  // A loop with an epoll instance and a waker (two descriptors). It cannot be moved, because
  // sources and timers hold its address.
  [[nodiscard]] static sys::Result<std::unique_ptr<EventLoop>> create();

  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Dispatches events of `fd` to `source`, until `remove`. Neither is owned: remove the token
  // before the source is destroyed or the descriptor is closed. Errors are those of
  // epoll::Poll::add.
  [[nodiscard]] sys::Result<epoll::Token> add(int fd, epoll::Interest interest,
                                              epoll::Trigger trigger, Source& source);

  // Changes which events are dispatched to a source. ENOENT if the token is out of date.
  [[nodiscard]] sys::Result<> modify(epoll::Token token, epoll::Interest interest,
                                     epoll::Trigger trigger);

  // The source gets no further events, not even those that have been collected already. A token
  // that is out of date is ignored, so removing twice is harmless.
  void remove(epoll::Token token) noexcept;

  // The same without a system call, for a descriptor that is closed next and has no duplicate:
  // close(2) of the last duplicate removes it from the epoll instance [epoll(7), Questions and
  // answers]. A child of fork(2) that continues without execve(2) would hold duplicates.
  void forget(epoll::Token token) noexcept { registrations_.remove(token); }

  // Runs `callback` in this turn, after the events and timers; if called from a deferred callback,
  // in the next turn, so that events are collected in between. For the loop's thread only.
  void defer(Callback callback) { deferred_.push_back(std::move(callback)); }

  // From any thread: runs `callback` in the loop's thread, in the order of the posts, as soon as
  // possible.
  void post(Callback&& callback);

  // From any thread and from a signal handler: ends the current wait of the loop, or its next one.
  // Allocates no memory.
  void wake() noexcept { waker_.wake(); }

  // From any thread and from a signal handler: `run` returns after its current turn, or, if it is
  // not running, at once when it is next called.
  void stop() noexcept;

  // Runs turns until `stop`. An error of the wait itself is returned, because the loop cannot work
  // without it.
  [[nodiscard]] sys::Result<> run();

  // Runs one turn, waiting at most `timeout` (nullopt: until something happens). Returns how many
  // callbacks ran: events, timers, posted and deferred functions.
  [[nodiscard]] sys::Result<std::size_t> run_once(std::optional<epoll::AnyDuration> timeout);

  [[nodiscard]] TimerQueue& timers() noexcept { return timers_; }

  // The time at which this turn's events were collected. Deadlines are counted from it; asking the
  // clock again for each of them would give nearly the same time. The wait is not: by then the
  // callbacks have taken their time.
  [[nodiscard]] Clock::time_point now() const noexcept { return now_; }

  // How often the loop has waited: once per turn. The count of an idle server does not change.
  [[nodiscard]] std::size_t turns() const noexcept { return turns_; }
  [[nodiscard]] std::size_t sources() const noexcept { return registrations_.size(); }

 private:
  // Callbacks that run one after the other. If one throws, those after it stay in the batch, and
  // the next wait ends at once.
  class Batch {
   public:
    // Precondition: the batch is empty. Moves the callbacks out of `callbacks`, which is empty
    // afterwards.
    void take(std::vector<Callback>& callbacks) noexcept { callbacks_.swap(callbacks); }
    std::size_t run(const epoll::Waker& waker);

   private:
    std::vector<Callback> callbacks_;
    std::size_t next_ = 0;  // those before this index have run
  };

  struct Registration {
    int fd;
    Source* source;
  };

  EventLoop(epoll::Poll poll, epoll::Waker waker);
  [[nodiscard]] std::optional<std::chrono::nanoseconds> time_to_wait(
      std::optional<std::chrono::nanoseconds> timeout) const;
  std::size_t dispatch_events();
  std::size_t run_posted();
  std::size_t run_deferred();

  epoll::Poll poll_;
  epoll::Waker waker_;    // ends the loop's wait
  epoll::Events events_;  // the current batch
  epoll::Slab<Registration> registrations_;
  TimerQueue timers_;
  std::vector<Callback> deferred_;
  Batch deferred_now_;  // those that run in this turn
  Batch posted_now_;
  Clock::time_point now_ = Clock::now();
  std::size_t turns_ = 0;
  bool woken_ = false;  // the waker was among this turn's events
  std::atomic<bool> stopping_ = false;

  std::mutex posted_mutex_;  // guards posted_, the only member that other threads change
  std::vector<Callback> posted_;
};

}  // namespace event_loop
