// Runs the tasks of one thread: holds the ready list, the timers, and the task that is running. It
// knows nothing of descriptors; a Runtime (async/io/runtime.hpp) is a scheduler that waits with an
// event loop.
//
//        +------------------------------ one turn -------------------------------+
//        |                                                                       |
//   wait: events, timers, what other threads have posted  -->  the ready tasks run,
//        ^         (all of these only move waiters to the ready list)            |  and what they
//        |                                                                       |  make ready, for
//        +-----------------------------------------------------------------------+  a short while
//
// Tasks run in the thread that calls `run` or `block_on`, one after the other. Between two
// `co_await`s no other task runs, so data that is touched only by tasks of one scheduler needs no
// lock. A server that uses several threads makes a runtime in each of them (and listens with
// `TcpListener::bind_group`).
//
// After fork(2) the child shares the epoll instance with its parent, so it must not use the
// runtime: `run` and `block_on` throw in it. The child may call execve, _exit or exit; the
// destructors that exit runs leave the parent's registrations, children and socket files alone. To
// start a program, use Child.
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
#include <vector>

#include "async/core/awaitable.hpp"
#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/ready_list.hpp"
#include "async/core/task.hpp"
#include "async/core/turn_times.hpp"
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

  // The scheduler that runs, waits, or is being destroyed in this thread; null otherwise.
  [[nodiscard]] static Scheduler* current() noexcept;
  // The same, but throws std::logic_error if there is none.
  [[nodiscard]] static Scheduler& here();

  // Takes ownership of the task, or of another awaitable; it first runs after the tasks that are
  // already ready. See spawn.hpp.
  template <Awaitable A>
  JoinHandle<AwaitResult<A>> spawn(A awaitable,
                                   std::source_location where = std::source_location::current());
  // The same for a task that is already made: allocates nothing. In a scheduler that is being
  // destroyed the task is over at once.
  void start(std::shared_ptr<TaskContext> task);

  // Runs until `task` has ended, and returns its result or throws its exception. Other tasks stay
  // where they are, for the next call. Throws std::logic_error when called from inside a task
  // (co_await the task there), std::system_error if the wait fails, and whatever a callback of the
  // loop throws. In the last two cases `task` stays as well, so what it refers to has to outlive
  // the scheduler.
  template <Awaitable A>
  AwaitResult<A> block_on(A awaitable,
                          std::source_location where = std::source_location::current());

  // Runs until the last task has ended and no other thread has posted another. Errors as of
  // EventLoop::run_once: nothing can be done without the wait.
  [[nodiscard]] sys::Result<> run();
  // One turn, whether there is a task or not. Errors as of `run`.
  [[nodiscard]] sys::Result<> turn();

  // The part of a turn that does not wait: resumes at most `budget` of the tasks that are ready
  // now, and returns how many. For tests: it does not make this scheduler the current one.
  std::size_t run_ready(std::size_t budget) {
    ready_.admit_deferred();
    return ready_.run(budget);
  }

  // When the current turn began. For deadlines: it does not read the clock, and is late by as much
  // time as the tasks of this turn have taken so far.
  [[nodiscard]] Clock::time_point turn_began() const noexcept { return turn_began_; }
  [[nodiscard]] std::size_t tasks() const noexcept { return task_count_; }  // that have not ended
  [[nodiscard]] bool has_ready_task() const noexcept { return !ready_.empty(); }
  [[nodiscard]] event_loop::TimerQueue& timers() noexcept { return timers_; }
  // True while the scheduler is being destroyed, and its tasks with it.
  [[nodiscard]] bool is_closing() const noexcept { return closing_; }
  // True in a child of fork(2): this scheduler is a copy of the one in the parent.
  [[nodiscard]] bool is_forked_copy() const noexcept;

  // Access for other threads. A handle may outlive the scheduler, and then has no effect.
  class Handle {
   public:
    // Runs `callback` in the scheduler's thread, soon; callbacks run in the order of their posting.
    // False if the scheduler is gone: then the callback is dropped.
    bool post(event_loop::Callback callback) const;
    // Spawns the task in the scheduler. It is detached; let it answer through a channel or a
    // oneshot.
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
    std::size_t events = 0;   // readiness reports for sockets and the like
    std::size_t spawned = 0;  // tasks spawned so far
    std::size_t resumed = 0;  // runs of tasks
    std::size_t woken = 0;    // events for which a task was waiting
    // Tasks that were woken and had to park again, except those that were asked to stop.
    std::size_t woken_for_nothing = 0;
  };
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  // From now on each turn is added to `times`, which costs one more reading of the clock a turn;
  // null (the default) costs one branch. Not owned.
  void measure_turns(TurnTimes* times) noexcept { turn_times_ = times; }

  // All tasks as a tree by parent. Each is shown with the place where it was spawned, the place of
  // the `co_await` at which it waits together with its callers, and how long it has waited.
  [[nodiscard]] std::string dump_tasks() const;
  // The same, a task at a time, in the order of the tree; a task's children are one level deeper.
  struct TaskLine {
    std::uint64_t id;
    std::size_t depth;
    std::string spawned_at;  // "site.cpp:12"
    std::string state;       // "waits at a.cpp:7 (called at b.cpp:9)", "runs"
    std::optional<Duration> waited;
    bool stop_requested;
  };
  [[nodiscard]] std::vector<TaskLine> list_tasks() const;

  // Called for each exception that ended a task that can no longer be joined, or that a group
  // cannot throw because it throws another one. The hook of the scheduler that runs in the thread
  // where this turns out is used. If none runs there, and by default, the exception is written to
  // standard error. An exception that `told` itself throws is written there, too, and goes no
  // further.
  using UnjoinedException = std::function<void(const TaskContext& task, std::exception_ptr)>;
  void on_unjoined_exception(UnjoinedException told) { unjoined_ = std::move(told); }
  [[nodiscard]] const UnjoinedException& unjoined_exception_hook() const noexcept {
    return unjoined_;
  }

 protected:
  // `timers` is the queue that `wait` runs; it has to outlive the Closing below.
  explicit Scheduler(event_loop::TimerQueue& timers);

  // Waits for events until `limit`, forever without one, and dispatches them: wakes the operations
  // that wait for an event, fires timers, runs posted callbacks. Errors as of `run`.
  [[nodiscard]] virtual sys::Result<> wait(std::optional<std::chrono::nanoseconds> limit) = 0;
  // The time at which `wait` last returned.
  [[nodiscard]] virtual Clock::time_point now() const noexcept = 0;
  // From any thread, until the Closing below: `callback` runs in the next `wait`, which returns
  // soon. If `post` throws, `callback` is unchanged.
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

  // Has to be the first object in the destructor of a derived class. From then on nothing comes in
  // from other threads, and the tasks that are still alive are destroyed, the youngest first,
  // wherever they wait. Until the end of the scope this is the current scheduler. Destroying a
  // scheduler from inside one of its tasks, timers or callbacks ends the program, with a line that
  // says so.
  class Closing : Current {
   public:
    explicit Closing(Scheduler& scheduler);
  };

  Counters counters_;

 private:
  friend class TaskContext;  // reports that it runs, and that it is over
  friend class Waiter;       // uses the ready list and the counters
  friend class RemoteTask;   // wakes it

  // Throws std::logic_error if a scheduler runs in this thread, or if this one is a forked copy.
  [[nodiscard]] Current enter();
  [[nodiscard]] sys::Result<> take_turn();
  void run_tasks();
  // Takes turns until `task` is over; throws if the wait fails.
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
  TurnTimes* turn_times_ = nullptr;  // null: not measured
  bool closing_ = false;             // its tasks are being destroyed
  const int forks_before_;           // of the process, when this was made
  UnjoinedException unjoined_;
};

}  // namespace async
