// The runtime of one thread: an event loop, and the tasks that wait on it.
//
//   auto runtime = async::Runtime::create();
//   runtime->get()->spawn(serve(std::move(*listener)));
//   auto ended = runtime->get()->run();                    // returns when the last task has ended
//
//   int answer = async::block_on(compute());               // or: one for a single task
//
//        +------------------------------ one turn -------------------------------+
//        |                                                                       |
//   the loop waits, tells sources, fires timers, runs what was posted -> the ready ones go on
//        ^         (all of these only move waiters to the ready list)            |
//        +-----------------------------------------------------------------------+
//
// Tasks run in the thread that calls `run` or `block_on`, one after the other; between two
// `co_await`s nobody else runs, so data that only tasks of one runtime touch needs no lock. A server
// that wants more threads makes a runtime in each (and listens with
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
#include <mutex>
#include <source_location>
#include <string>
#include <string_view>

#include "async/core/awaitable.hpp"
#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/ready_list.hpp"
#include "async/core/task.hpp"
#include "async/io/io_source.hpp"
#include "event_loop/event_loop.hpp"
#include "syscall/result.hpp"

namespace async {

template <class T = void>
class JoinHandle;

class Runtime {
 public:
  // With a loop of its own (two descriptors).
  [[nodiscard]] static sys::Result<std::unique_ptr<Runtime>> create();

  // Tasks that are still alive are destroyed, the youngest first, wherever they wait: their locals
  // are destroyed as if they had returned. Sockets that outlive it only forget it. Not from inside
  // one of its tasks, timers or callbacks: that ends the program, with a line that says so.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // The one whose task is running in this thread; null outside of `run` and `block_on`.
  [[nodiscard]] static Runtime* current() noexcept;
  // The same, and std::logic_error if there is none.
  [[nodiscard]] static Runtime& here();

  // Takes the task over; it runs for the first time in the next turn. See spawn.hpp.
  template <class T>
  JoinHandle<T> spawn(Task<T> task, std::source_location where = std::source_location::current());
  template <Awaiter A>
  JoinHandle<AwaitResult<A>> spawn(A awaiter,
                                   std::source_location where = std::source_location::current());

  // Runs until `task` has ended, and returns its result or throws its exception. Other tasks stay
  // where they are, for the next call. std::logic_error from inside a task (co_await it there), and
  // std::system_error if the loop cannot wait any more.
  template <class T>
  T block_on(Task<T> task, std::source_location where = std::source_location::current());
  template <Awaiter A>
  AwaitResult<A> block_on(A awaiter, std::source_location where = std::source_location::current()) {
    return block_on(as_task(std::move(awaiter)), where);
  }

  // Runs until the last task has ended and no other thread has posted one. Errors as of EventLoop::run_once:
  // the loop cannot work without its wait.
  [[nodiscard]] sys::Result<> run();

  [[nodiscard]] std::size_t tasks() const noexcept { return task_count_; }  // that have not ended
  [[nodiscard]] event_loop::EventLoop& loop() noexcept { return *loop_; }
  [[nodiscard]] ReadyList& ready() noexcept { return ready_; }

  // -- other threads ------------------------------------------------------------------------------
  // A way in for other threads. It may outlive the runtime; then it does nothing.
  class Handle {
   public:
    // Runs `callback` in the runtime's thread, soon, in order. False if the runtime is gone: then
    // the callback is dropped.
    bool post(event_loop::Callback callback) const;
    // Spawns there. The task is detached; let it answer through a channel or a oneshot.
    template <class T>
    bool spawn(Task<T> task, std::source_location where = std::source_location::current()) const;
    // True in the runtime's own thread, while it runs.
    [[nodiscard]] bool is_here() const noexcept;

   private:
    friend class Runtime;
    friend class RemoteTask;
    struct SharedState {
      std::mutex mutex;                 // guards everything below
      event_loop::EventLoop* loop;      // null once the runtime is gone
      IntrusiveList<RemoteTask> asked;  // tasks that are to be woken, or stopped
    };
    explicit Handle(std::shared_ptr<SharedState> shared) noexcept : shared_(std::move(shared)) {}
    std::shared_ptr<SharedState> shared_;
  };
  [[nodiscard]] Handle handle() const noexcept { return Handle(shared_); }

  // -- seeing what it does ------------------------------------------------------------------------
  struct Counters {
    std::size_t spawned = 0;            // tasks, ever
    std::size_t resumed = 0;            // turns of tasks
    std::size_t events = 0;             // readiness reports for sockets and the like
    std::size_t woken = 0;              // tasks that these have woken
    std::size_t woken_for_nothing = 0;  // tasks of any waker that had to park again
  };
  [[nodiscard]] Counters& counters() noexcept { return counters_; }
  [[nodiscard]] std::size_t turns() const noexcept { return loop_->turns(); }
  // One line: "turns 12, events 20, ...".
  [[nodiscard]] std::string summary() const;

  // All tasks as a tree by who spawned whom, each with the place where it was spawned, the place of
  // the `co_await` in which it waits, with its callers, and for how long it has waited.
  [[nodiscard]] std::string dump_tasks() const;

  // Calls `line` with a line for each thing that happens to a descriptor: "(Reactor) add event: 7".
  // Null (the default) costs one branch.
  void on_trace(std::function<void(std::string_view line)> line) { trace_ = std::move(line); }
  void trace(std::string_view what, std::int64_t number) const {
    if (trace_) [[unlikely]]
      write_trace(what, number);
  }

  // Told of each exception that ended a task and that nobody can join any more, or that a group
  // cannot throw because it throws another one. The default writes it to the standard error output;
  // so does what `told` throws itself, which goes no further.
  using UnjoinedException = std::function<void(const TaskContext& task, std::exception_ptr)>;
  void on_unjoined_exception(UnjoinedException told) { unjoined_ = std::move(told); }

  // -- for the parts of the runtime ---------------------------------------------------------------
  // Keeps `task`, whose first coroutine is `first`, and lets it run in the next turn. In a runtime
  // that is being destroyed the task is over at once.
  void start(std::shared_ptr<TaskContext> task, PromiseBase& first);
  // The task is over, wherever it waits: its coroutines are destroyed, and it has returned nothing.
  void abandon(TaskContext& task) { task.end(); }
  // One turn of the loop and of the ready list.
  [[nodiscard]] sys::Result<> turn();
  // The task that runs from now on; returns the one before. Null: none.
  TaskContext* enter(TaskContext* task) noexcept;
  [[nodiscard]] TaskContext* running() const noexcept { return running_; }
  void on_completion() noexcept { --task_count_; }
  void add_source(IoSource& source) noexcept { sources_.push_back(source); }
  [[nodiscard]] bool is_closing() const noexcept { return closing_; }
  // True in a child after fork(2).
  [[nodiscard]] bool is_copy() const noexcept;

 private:
  friend void report_exception(const TaskContext& task) noexcept;
  // Makes a runtime the current one of this thread, and none at the end of the scope.
  // std::logic_error if there is one already, or if it is a copy.
  class Current {
   public:
    explicit Current(Runtime& runtime);
    ~Current();
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
  };

  explicit Runtime(std::unique_ptr<event_loop::EventLoop> loop);
  // Turns until `task` is over; throws if the loop fails.
  void run_until_over(const TaskContext& task);
  void write_trace(std::string_view what, std::int64_t number) const;
  // Does what other threads have asked for.
  void answer_remote();
  void forget_remote() noexcept;

  std::unique_ptr<event_loop::EventLoop> loop_;
  std::shared_ptr<Handle::SharedState> shared_;
  ReadyList ready_;
  IntrusiveList<TaskContext> tasks_;  // alive, the oldest first
  IntrusiveList<IoSource> sources_;   // registered with the loop; not owned
  TaskContext* running_ = nullptr;
  std::size_t task_count_ = 0;
  bool in_turn_ = false;    // a turn is under way
  bool closing_ = false;    // the destructor is at work
  const int forks_before_;  // of the process, when this was made
  Counters counters_;
  std::function<void(std::string_view)> trace_;
  UnjoinedException unjoined_;
};

// A task as other threads know it. They must not touch the task itself, which may end at any moment,
// so they leave a note here, and the runtime's own thread reads it. All memory that this takes is
// taken when it is made: a note cannot fail.
class RemoteTask : public ListHook, public std::enable_shared_from_this<RemoteTask> {
 public:
  RemoteTask(TaskContext& task, Runtime::Handle home) noexcept
      : home_(std::move(home)), task_(&task) {}

  // True in the task's own thread, while its runtime runs.
  [[nodiscard]] bool is_here() const noexcept { return home_.is_here(); }

  // -- in that thread -----------------------------------------------------------------------------
  // Wakes the task if it is still in the wait of that turn.
  void wake(std::uint64_t turn) noexcept;
  void request_stop();
  void forget_task() noexcept { task_ = nullptr; }
  [[nodiscard]] TaskContext* task() const noexcept { return task_; }  // null once it is over

  // -- from any thread ----------------------------------------------------------------------------
  void wake_later(std::uint64_t turn) noexcept { ask(turn, false); }
  void request_stop_later() noexcept { ask(0, true); }

 private:
  friend class Runtime;
  void ask(std::uint64_t turn, bool stop) noexcept;

  Runtime::Handle home_;
  TaskContext* task_;  // for its own thread only
  // Guarded by the mutex of the shared state:
  std::uint64_t turn_ = 0;            // the latest wait that is to end; 0: none
  bool stop_ = false;                 // the task is to stop
  std::shared_ptr<RemoteTask> self_;  // while it stands in the list
};

// Reports the exception of a task that is over, by the hook of the current runtime.
void report_exception(const TaskContext& task) noexcept;

}  // namespace async
