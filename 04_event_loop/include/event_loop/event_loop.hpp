// One thread that waits for many things and does a little for each.
//
//        +--------------------------- one turn ----------------------------+
//        |                                                                 |
//   wait for events -> tell each source -> fire timers -> run what was posted and deferred
//        ^     (until the next timer is due, or not at all if something is deferred)    |
//        +------------------------------------------------------------------------------+
//
// Everything runs in the thread that calls `run`, one piece after the other, so no piece needs a
// lock, and none may block or compute for long: all others wait meanwhile.
//
// What may happen inside a callback: anything. It may add and remove sources, its own included, set
// and cancel timers, stop the loop. An event that waits in the same batch for a source that is gone
// is dropped, because its token is out of date; a descriptor number that is used again does not
// matter. An exception that a callback lets out is a programming error: it leaves through `run`, and
// events of this turn that were not told yet are dropped. Timers that were not fired yet, and what was
// posted or deferred behind the callback that has thrown, have their turn when the loop runs again.
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

// The object that is told about the events of a descriptor.
class Source {
 public:
  virtual ~Source() = default;
  virtual void on_event(const epoll::Event& event) = 0;
};

class EventLoop {
 public:
  // A loop with an epoll instance and a waker (two descriptors). It does not move, because sources
  // and timers hold its address.
  [[nodiscard]] static sys::Result<std::unique_ptr<EventLoop>> create();

  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Tells `source` about events of `fd`, until `remove`. Neither is owned: remove the token before
  // the source is destroyed or the descriptor closed. Errors as of epoll::Poll::add.
  [[nodiscard]] sys::Result<epoll::Token> add(int fd, epoll::Interest interest,
                                              epoll::Trigger trigger, Source& source);

  // Changes what a source is told about. ENOENT if the token is out of date.
  [[nodiscard]] sys::Result<> modify(epoll::Token token, epoll::Interest interest,
                                     epoll::Trigger trigger);

  // The source hears nothing more, not even of events that have been collected already. A token that
  // is out of date is ignored, so removing twice is harmless.
  void remove(epoll::Token token) noexcept;

  // The same without a system call, for a descriptor that is closed next and has no duplicate: close(2)
  // takes the last one out of the epoll instance [epoll(7), Questions and answers]. A child of fork(2)
  // that goes on without execve(2) would hold duplicates.
  void forget(epoll::Token token) noexcept { registrations_.remove(token); }

  // Runs `callback` in this turn, after the events and timers; from inside a deferred callback, in
  // the next turn, so that events are looked at in between. For this thread only.
  void defer(Callback callback) { deferred_.push_back(std::move(callback)); }

  // From any thread: runs `callback` in the loop's thread, in order, soon.
  void post(Callback&& callback);

  // From any thread and from a signal handler: ends the wait that the loop is in, or its next one.
  // Takes no memory.
  void wake() noexcept { waker_.wake(); }

  // From any thread and from a signal handler: `run` returns after the turn it is in, or, if it is
  // not running, at once when it is called.
  void stop() noexcept;

  // Turns until `stop`. An error of the wait itself is returned: the loop cannot work without it.
  [[nodiscard]] sys::Result<> run();

  // One turn, waiting at most `timeout` (nullopt: until something happens). Returns how many
  // callbacks ran: events told, timers fired, posted and deferred functions.
  [[nodiscard]] sys::Result<std::size_t> run_once(std::optional<epoll::AnyDuration> timeout);

  [[nodiscard]] TimerQueue& timers() noexcept { return timers_; }

  // The time at which this turn's events were collected. Deadlines are counted from it; asking the
  // clock again for each of them would tell the same.
  [[nodiscard]] Clock::time_point now() const noexcept { return now_; }

  // How often the loop has waited: one count a turn. An idle server's stands still.
  [[nodiscard]] std::size_t turns() const noexcept { return turns_; }
  [[nodiscard]] std::size_t sources() const noexcept { return registrations_.size(); }

 private:
  // Callbacks that run one after the other. If one throws, those behind it stay, and the next wait
  // ends at once.
  class Batch {
   public:
    // Precondition: it is empty. Takes what is in `callbacks`, which is empty then.
    void take(std::vector<Callback>& callbacks) noexcept { callbacks_.swap(callbacks); }
    std::size_t run(const epoll::Waker& waker);

   private:
    std::vector<Callback> callbacks_;
    std::size_t next_ = 0;  // the ones before it have run
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
  epoll::Waker waker_;    // ends the wait of this thread
  epoll::Events events_;  // the running batch
  epoll::Slab<Registration> registrations_;
  TimerQueue timers_;
  std::vector<Callback> deferred_;
  Batch deferred_now_;  // whose turn it is
  Batch posted_now_;
  Clock::time_point now_ = Clock::now();
  std::size_t turns_ = 0;
  bool woken_ = false;  // the waker was among this turn's events
  std::atomic<bool> stopping_ = false;

  std::mutex posted_mutex_;  // guards posted_, the only thing that other threads touch
  std::vector<Callback> posted_;
};

}  // namespace event_loop
