// Wakes a waiter from another thread.
//
// A waiter lives in a coroutine's frame, and only the runtime's own thread knows whether that frame
// still exists. So other threads do not hold its address. They hold a waker, which names the task,
// in a form that is safe in other threads, and one particular wait of it. Waking leaves a note for
// the runtime's thread, which checks whether the task is still in that wait; if it is not, nothing
// happens.
//
// Making a waker may allocate memory, for the first waker of a task. Waking allocates nothing and
// cannot fail, so a wake-up is never lost.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/scheduler.hpp"

namespace async {

// A task as seen from other threads. Other threads must not touch the task itself, which may end at
// any moment, so they leave a note, which the scheduler's own thread reads. All memory for the note
// is allocated together with this object, so leaving a note cannot fail.
class RemoteTask : public ListHook, public std::enable_shared_from_this<RemoteTask> {
 public:
  RemoteTask(TaskContext& task, Scheduler::Handle home) noexcept
      : home_(std::move(home)), task_(&task) {}

  // True in the task's own thread, while its scheduler runs.
  [[nodiscard]] bool is_here() const noexcept { return home_.is_here(); }

  // -- in that thread -----------------------------------------------------------------------------
  // Wakes the task if it is still in the wait that belongs to that run.
  void wake(std::uint64_t run) noexcept;
  void forget_task() noexcept { task_ = nullptr; }
  [[nodiscard]] TaskContext* task() const noexcept { return task_; }  // null once it is over

  // -- from any thread ----------------------------------------------------------------------------
  void wake_later(std::uint64_t run) noexcept { ask(run, false); }
  void request_stop();

 private:
  friend class Scheduler;  // takes the notes
  void ask(std::uint64_t run, bool stop) noexcept;

  Scheduler::Handle home_;
  TaskContext* task_;  // for its own thread only; null once it is over
  // Guarded by the mutex of the shared state:
  std::uint64_t run_ = 0;             // the latest wait that is to end; 0: none
  bool stop_ = false;                 // the task is to stop
  std::shared_ptr<RemoteTask> self_;  // while it is in the list
};

// The state that a scheduler shares with its handles.
struct Scheduler::Handle::SharedState {
  std::mutex mutex;                 // guards everything below
  Scheduler* scheduler;             // null once it is gone
  IntrusiveList<RemoteTask> asked;  // tasks that are to be woken or stopped
};

class RemoteWaker {
 public:
  RemoteWaker() = default;  // of no task
  // For the wait that `task` is beginning; called from Waiter::park.
  explicit RemoteWaker(TaskContext& task) : task_(task.remote()), run_(task.runs()) {}

  // From any thread, at any time.
  void wake() const noexcept;

 private:
  std::shared_ptr<RemoteTask> task_;
  std::uint64_t run_ = 0;
};

}  // namespace async
