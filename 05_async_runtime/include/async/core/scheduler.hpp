// What runs tasks: the ready list, the time, and which task is running. It knows nothing of descriptors;
// a Runtime (async/io/runtime.hpp) is a scheduler that waits with an event loop.
//
//        +------------------------------ one turn -------------------------------+
//        |                                                                       |
//   wait: events, timers, what other threads have posted  -->  the ready tasks go on,
//        ^         (all of these only move waiters to the ready list)            |    and what they
//        |                                                                       |    make ready, for
//        +-----------------------------------------------------------------------+    a short while
//
// Tasks run in the thread that calls `run` or `block_on`, one after the other; between two
// `co_await`s no other task runs, so data that only tasks of one scheduler touch needs no lock. A
// server that wants more threads makes a runtime in each (and listens with
// `TcpListener::bind_group`).
//
// After fork(2) the child shares the epoll instance with its parent, so it must not use the runtime:
// `run` and `block_on` refuse to. It may call execve, _exit or exit; what exit destroys leaves the
// parent's registrations, children and socket files alone. To start a program, use Child.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>

#include "async/core/awaitable.hpp"
#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/ready_list.hpp"
#include "async/core/task.hpp"
#include "event_loop/callback.hpp"
#include "event_loop/timer_queue.hpp"
#include "syscall/result.hpp"

namespace async {

template <class T = void>
class JoinHandle;

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // The one that runs, waits, or is being destroyed in this thread; null otherwise.
  [[nodiscard]] static Scheduler* current() noexcept;
  // The same, and std::logic_error if there is none.
  [[nodiscard]] static Scheduler& here();

  // Takes the task, or another awaitable, over; it runs for the first time behind those that are ready.
  // See spawn.hpp.
  template <Awaitable A>
  JoinHandle<AwaitResult<A>> spawn(A awaitable,
                                   std::source_location where = std::source_location::current());
  // The same for a task that is made already: takes no memory. In a scheduler that is being destroyed the
  // task is over at once.
  void start(std::shared_ptr<TaskContext> task);

  // Runs until `task` has ended, and returns its result or throws its exception. Other tasks stay
  // where they are, for the next call. std::logic_error from inside a task (co_await it there),
  // std::system_error if the wait fails, and what a callback of the loop throws. In both of these cases
  // `task` stays as well: what it refers to has to outlive the scheduler.
  template <Awaitable A>
  AwaitResult<A> block_on(A awaitable,
                          std::source_location where = std::source_location::current());

  // Runs until the last task has ended and no other thread has posted one. Errors as of EventLoop::run_once:
  // nothing can be done without the wait.
  [[nodiscard]] sys::Result<> run();
  // One turn, whether a task is there or not. Errors as of `run`.
  [[nodiscard]] sys::Result<> turn();

  // The part of a turn that waits for nothing: resumes at most `budget` of the tasks that are ready now,
  // and returns how many. For tests: nothing is made the current scheduler.
  std::size_t run_ready(std::size_t budget) {
    ready_.admit_deferred();
    return ready_.run(budget);
  }

  // When the present turn began. For deadlines: it costs no look at the clock, and is late by as much as the
  // tasks of this turn have taken so far.
  [[nodiscard]] Clock::time_point turn_began() const noexcept { return turn_began_; }
  [[nodiscard]] std::size_t tasks() const noexcept { return task_count_; }  // that have not ended
  [[nodiscard]] bool has_ready_task() const noexcept { return !ready_.empty(); }
  [[nodiscard]] event_loop::TimerQueue& timers() noexcept { return timers_; }
  // True while its tasks are being destroyed with it.
  [[nodiscard]] bool is_closing() const noexcept { return closing_; }
  // True in a child of fork(2): this is a copy of the one in the parent.
  [[nodiscard]] bool is_forked_copy() const noexcept;

  // A way in for other threads. It may outlive the scheduler; then it does nothing.
  class Handle {
   public:
    // Runs `callback` in the scheduler's thread, soon, in order. False if the scheduler is gone: then
    // the callback is dropped.
    bool post(event_loop::Callback callback) const;
    // Spawns there. The task is detached; let it answer through a channel or a oneshot.
    template <class T>
    bool spawn(Task<T> task, std::source_location where = std::source_location::current()) const;
    // True in the scheduler's own thread, while it runs.
    [[nodiscard]] bool is_here() const noexcept;

   private:
    friend class Scheduler;   // makes it
    friend class RemoteTask;  // leaves its notes in the shared state
    struct SharedState;       // remote_waker.hpp
    explicit Handle(std::shared_ptr<SharedState> shared) noexcept : shared_(std::move(shared)) {}
    std::shared_ptr<SharedState> shared_;
  };
  [[nodiscard]] Handle handle() const noexcept { return Handle(shared_); }

  // -- seeing what it does ------------------------------------------------------------------------
  struct Counters {
    std::size_t turns = 0;
    std::size_t events = 0;             // readiness reports for sockets and the like
    std::size_t spawned = 0;            // tasks, ever
    std::size_t resumed = 0;            // runs of tasks
    std::size_t woken = 0;              // events that found a task waiting for them
    std::size_t woken_for_nothing = 0;  // tasks of any waker that had to park again
  };
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

  // All tasks as a tree by parent, each with the place where it was spawned, the place of the
  // `co_await` in which it waits, with its callers, and for how long it has waited.
  [[nodiscard]] std::string dump_tasks() const;

  // Told of each exception that ended a task that can no longer be joined, or that a group
  // cannot throw because it throws another one: by the scheduler that runs in the thread where that turns
  // out. Where none runs, and by default, it is written to the standard error output;
  // so does what `told` throws itself, which goes no further.
  using UnjoinedException = std::function<void(const TaskContext& task, std::exception_ptr)>;
  void on_unjoined_exception(UnjoinedException told) { unjoined_ = std::move(told); }
  [[nodiscard]] const UnjoinedException& unjoined_exception_hook() const noexcept {
    return unjoined_;
  }

 protected:
  // `timers` is what `wait` looks at, and outlives the Closing below.
  explicit Scheduler(event_loop::TimerQueue& timers);

  // Waits for news until `limit`, forever without one, and dispatches it: wakes what waits for an event,
  // fires timers, runs what was posted. Errors as of `run`.
  [[nodiscard]] virtual sys::Result<> wait(std::optional<std::chrono::nanoseconds> limit) = 0;
  // The time at which it last returned.
  [[nodiscard]] virtual Clock::time_point now() const noexcept = 0;
  // From any thread, until the Closing below: `callback` runs in the next `wait`, which returns soon.
  // If it throws, `callback` is what it was.
  virtual void post(event_loop::Callback&& callback) = 0;
  virtual void wake() noexcept = 0;

  // Makes a scheduler the current one of this thread until the end of the scope.
  class Current {
   public:
    explicit Current(Scheduler& scheduler) noexcept;
    ~Current();
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;

   protected:
    Scheduler* const outer_;
  };

  // The first thing that the destructor of a derived class makes: nothing comes in from other threads
  // any more, and the tasks that are still alive are destroyed, the youngest first, wherever they
  // wait. Until the end of the scope this is the current scheduler. Not from inside one of its tasks,
  // timers or callbacks: that ends the program, with a line that says so.
  class Closing : Current {
   public:
    explicit Closing(Scheduler& scheduler);
  };

  Counters counters_;

 private:
  friend class TaskContext;  // says that it runs, and that it is over
  friend class Waiter;       // stands on the ready list, and counts
  friend class RemoteTask;   // wakes it

  // std::logic_error if a scheduler runs in this thread, or if this one is a copy.
  [[nodiscard]] Current enter();
  [[nodiscard]] sys::Result<> take_turn();
  void run_tasks();
  // Turns until `task` is over; throws if the wait fails.
  void run_until_over(const TaskContext& task);
  // Does what other threads have asked for.
  void take_remote_notes();

  event_loop::TimerQueue& timers_;
  std::shared_ptr<Handle::SharedState> shared_;
  ReadyList ready_;
  IntrusiveList<TaskContext> tasks_;  // alive, the oldest first
  TaskContext* running_ = nullptr;
  std::size_t task_count_ = 0;
  Clock::time_point turn_began_ = Clock::now();
  bool closing_ = false;    // its tasks are being destroyed
  const int forks_before_;  // of the process, when this was made
  UnjoinedException unjoined_;
};

}  // namespace async
